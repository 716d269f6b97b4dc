import ClawJSON
import ClawProtocol
import ClawTesting
import Testing

/// Every method there is, called by every role with its own, another user's and another tenant's objects. What is
/// called comes from the methods' own types: a new method is in here by being in the catalogue.
@Suite("Every method, every role, everybody's objects", .timeLimit(.minutes(10)))
struct MethodIsolationTests {
  /// What a connection is asked before all others.
  private static let methods = MethodCatalog.all.filter { $0 != Connect.self }

  @Test("S10: a role that is not enough is FORBIDDEN, whatever is named")
  func roles() async throws {
    try await IsolationStage.run { stage in
      var refused = 0
      for method in Self.methods {
        guard let least = Self.rank(method.role) else { continue }
        for caller in stage.callers where (Self.rank(caller.role) ?? 0) < least {
          for variant in try stage.variants(of: method) {
            let answer = try await Self.answer(method, variant.params, caller)
            #expect(answer["error"]?["code"] == "FORBIDDEN", "\(method.name) by \(caller.testDescription): \(answer)")
            refused += 1
          }
        }
      }
      #expect(refused > 100)
    }
  }

  @Test("S10: what belongs to another is as if it were not there: not shown, not changed, not told from nothing")
  func others() async throws {
    try await IsolationStage.run { stage in
      let before = try await stage.annsThings()
      #expect(before.serializedString().contains(IsolationStage.mark))
      let ann = stage.callers[2].socket
      var told = 0
      for method in Self.methods {
        for caller in stage.callers where !caller.isAnn && Self.isAllowed(method, caller) {
          for variant in try stage.variants(of: method) {
            // What belongs to the tenant is any of its admins' to change; what belongs to a user is not.
            if caller.tenant == "a" && caller.role == .admin && variant.isNaming && !variant.isPrivate { continue }
            let answer = try await Self.answer(method, variant.params, caller)
            let label = "\(method.name) \(variant.params) by \(caller.testDescription): \(answer)"
            #expect(!answer.serializedString().contains(IsolationStage.mark), "\(label)")
            if caller.tenant == "b" {
              #expect(!answer.serializedString().contains(IsolationStage.tenantMark), "\(label)")
            }
            guard caller.tenant == "b" ? variant.isNaming : variant.isPrivate else { continue }
            var params = variant.toNobody
            // Who has her name in another tenant names themselves by it.
            if caller.user.hasSameBytes(as: IsolationStage.ann), params["userId"] != nil {
              params["userId"] = .string(IsolationStage.ann)
            }
            let toNobody = try await Self.answer(method, params, caller)
            #expect(Self.outcome(answer, stage) == Self.outcome(toNobody, stage), "\(label) differs from \(toNobody)")
            told += 1
          }
        }
      }
      #expect(told > 100)
      let others = ann.events.filter { $0["payload"]?["runId"] != stage.references["runId"]?.hers }
      #expect(others.isEmpty, "Ann saw what was not hers: \(others)")
      for caller in stage.callers where !caller.isAnn {
        #expect(!JSONValue.array(caller.socket.events).serializedString().contains(IsolationStage.mark))
      }
      #expect(try await stage.annsThings() == before)
    }
  }

  @Test("one's own objects are reached by every method that one's role allows")
  func own() async throws {
    try await IsolationStage.run { stage in
      let ann = stage.callers[2]
      // What ends things comes last.
      let ending = ["abort", "approve", "revoke", "delete", "agents.delete"]
      func place(_ name: String) -> Int { ending.lastIndex { name.hasSuffix($0) } ?? -1 }
      for method in Self.methods.sorted(by: { place($0.name) < place($1.name) }) {
        let variant = try stage.variants(of: method)[0]
        if method == ChatSend.self || method == SkillsGet.self || method == BrowserPairingStatus.self { continue }
        let answer = try await Self.answer(method, variant.params, ann)
        let code = answer["error"]?["code"]?.stringValue ?? "ok"
        let isReached = ["ok", "INVALID_REQUEST", "ALREADY_EXISTS"].contains(code)
        #expect(isReached, "\(method.name) \(variant.params): \(answer)")
      }
    }
  }

  // MARK: - Helpers

  private static func rank(_ role: MethodRole) -> Int? {
    switch role {
    case .any, .pending: nil
    case .viewer: 1
    case .operator_: 2
    case .admin: 3
    }
  }

  private static func isAllowed(_ method: any Method.Type, _ caller: IsolationStage.Caller) -> Bool {
    (rank(method.role) ?? 0) <= (rank(caller.role) ?? 0)
  }

  private static func answer(
    _ method: any Method.Type, _ params: JSONValue, _ caller: IsolationStage.Caller
  ) async throws -> JSONValue {
    let id = caller.socket.request(method.name, params)
    var answer = try await caller.socket.response(to: id)
    answer["id"] = nil
    return answer
  }

  /// What a caller can tell from an answer: whether it went well, and if not, the words, the names in it left out.
  private static func outcome(_ answer: JSONValue, _ stage: IsolationStage) -> JSONValue {
    guard let error = answer["error"] else { return ["ok": true] }
    var text = error.serializedString()
    for reference in stage.references.values {
      for name in [reference.hers.stringValue, reference.nobodys.stringValue].compactMap(\.self) where !name.isEmpty {
        text = text.replacing(name, with: "…")
      }
    }
    // How far one's own events are counted is one's own.
    return ["ok": false, "error": .string(text.filter { !$0.isNumber })]
  }
}
