import ClawJSON
import ClawProtocol
import ClawServer
import ClawTesting
import NIOHTTP1
import Testing

/// Every HTTP route, called with every role for its own, another user's and another tenant's objects. The routes come
/// from the server's list, so new ones are included.
@Suite("Route isolation", .timeLimit(.minutes(10)))
struct RouteIsolationTests {
  @Test("S10: a route is closed to whoever has no credential, or a role that is not enough, whatever is named")
  func roles() async throws {
    try await RouteStage.run { routes in
      var refused = 0
      for route in routes.stage.gateway.routes where route.access != .open {
        let variant = try routes.variant(of: route)
        let stranger = HTTPCaller.withoutCredential(routes.stage.gateway)
        let answer = try await stranger.send(variant.method, variant.path, body: variant.body)
        #expect(answer.status == 401, "\(route.method) \(route.path) by nobody: \(answer.text)")
        for caller in routes.stage.callers where !Self.isAllowed(route, caller) {
          let user = RouteStage.caller(caller, routes.stage)
          for path in [variant.path, variant.toNobody] {
            let answer = try await user.send(variant.method, path, body: variant.body)
            #expect(
              answer.status == 403, "\(route.method) \(path) by \(caller.testDescription): \(answer.text)")
            refused += 1
          }
        }
      }
      #expect(refused > 100)
    }
  }

  @Test("S10: what belongs to another tenant is as if it were not there, over HTTP too")
  func others() async throws {
    try await RouteStage.run { routes in
      let before = try await routes.annsThings()
      #expect(before.serializedString().contains(IsolationStage.mark))
      var told = 0
      for route in routes.stage.gateway.routes {
        let variant = try routes.variant(of: route)
        for caller in routes.stage.callers where !caller.isAnn && Self.isAllowed(route, caller) {
          // Admins of her tenant may do all of this.
          if caller.tenant == "a" && caller.role == .admin { continue }
          let user = RouteStage.caller(caller, routes.stage)
          let answer = try await user.send(variant.method, variant.path, body: variant.body)
          let label = "\(route.method) \(route.path) by \(caller.testDescription): \(answer.text)"
          #expect(!answer.text.contains(IsolationStage.mark), "\(label)")
          guard caller.tenant == "b" else { continue }
          #expect(!answer.text.contains(IsolationStage.tenantMark), "\(label)")
          guard variant.isNaming else { continue }
          let toNobody = try await user.send(variant.method, variant.toNobody, body: variant.bodyToNobody)
          #expect(routes.outcome(answer) == routes.outcome(toNobody), "\(label) differs from \(toNobody.text)")
          told += 1
        }
      }
      #expect(told >= 12)
      #expect(try await routes.annsThings() == before)
    }
  }

  @Test("S10: headers grant no access to another tenant or user")
  func headers() async throws {
    try await RouteStage.run { routes in
      let before = try await routes.annsThings()
      for route in routes.stage.gateway.routes where route.access != .open {
        let variant = try routes.variant(of: route)
        for caller in routes.stage.callers where !caller.isAnn {
          let header = caller.tenant == "b" ? ("X-SwiftClaw-Tenant", "a") : ("X-SwiftClaw-User-Id", IsolationStage.ann)
          let user = RouteStage.caller(caller, routes.stage, [header])
          let answer = try await user.send(variant.method, variant.path, body: variant.body)
          #expect(
            answer.status == 403,
            "\(route.method) \(variant.path) by \(caller.testDescription) with \(header): \(answer.text)")
        }
      }
      #expect(try await routes.annsThings() == before)
    }
  }

  @Test("one's own objects are reached by every route that one's role allows")
  func own() async throws {
    try await RouteStage.run { routes in
      let ann = RouteStage.caller(routes.stage.callers[2], routes.stage)
      // Deletions come last.
      let all = routes.stage.gateway.routes
      for route in all.filter({ $0.method != "DELETE" }) + all.filter({ $0.method == "DELETE" }) {
        guard Self.isAllowed(route, routes.stage.callers[2]), route.path != "/ws" else { continue }
        let variant = try routes.variant(of: route)
        // A credential bound to a user reads no other user's data.
        let path = variant.path.replacing("/zoe/export", with: "/ann%C3%A9/export")
        let answer = try await ann.send(variant.method, path, body: variant.body)
        // 409 means that it exists already.
        #expect([200, 201, 204, 409].contains(answer.status), "\(route.method) \(variant.path): \(answer.text)")
      }
    }
  }

  private static func isAllowed(_ route: RouteDescription, _ caller: IsolationStage.Caller) -> Bool {
    switch route.access {
    case .open: true
    case .gatewayToken: false
    case .role(let role): rank(role) <= rank(caller.role)
    }
  }

  private static func rank(_ role: MethodRole) -> Int {
    switch role {
    case .any, .pending: 0
    case .viewer: 1
    case .operator_: 2
    case .admin: 3
    }
  }
}
