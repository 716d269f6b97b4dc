import ClawCore
import ClawProtocol
import HTTPTypes
import HummingbirdCore

/// `/v1/users`: members of the caller's tenant and their roles.
struct UserRoutes: Sendable {
  let users: any UserService

  private static let path = "/v1/users"

  var all: [HTTPRoute] {
    let one = Self.path + "/{id}"
    return [
      HTTPRoute(.get, Self.path, access: .role(.admin)) { try await list($0) },
      HTTPRoute(.post, Self.path, access: .role(.admin), body: .standard) { try await create($0) },
      HTTPRoute(.get, one, access: .role(.admin)) { request in
        answer(try await users.user(try id(request), as: try request.caller()))
      },
      HTTPRoute(.patch, one, access: .role(.admin), body: .standard) { try await update($0) },
      HTTPRoute(.delete, one, access: .role(.admin)) { request in
        try await users.eraseUser(try id(request), as: try request.caller())
        return Response(status: .noContent)
      },
      HTTPRoute(.get, one + "/export", access: .role(.admin)) { request in
        let (id, caller) = (try id(request), try request.caller())
        // An admin may manage other users with a credential that is bound to a user, but not read their data.
        _ = try caller.acting(for: id)
        return ExportResponse.make { try await users.exportUser(id, as: caller, to: $0) }
      },
    ]
  }

  private func list(_ request: RouteRequest) async throws -> Response {
    let (limit, cursor) = try request.paging()
    let page = try await users.users(limit: limit, cursor: cursor, as: try request.caller())
    return .json(
      UserListBody(users: page.items.map(UserBody.init), next_cursor: page.nextCursor),
      headers: [.cacheControl: "no-store"])
  }

  private func create(_ request: RouteRequest) async throws -> Response {
    let body = try request.decode(UserDraftBody.self, fields: ["id", "name", "role", "disabled"])
    let change = UserChange(
      name: body.name, role: try body.role.map(Role.init(validating:)), isDisabled: body.disabled)
    let user = try await users.createUser(try UserID(validating: body.id), change, as: try request.caller())
    return .json(UserBody(user), status: .created, headers: .revision(user.revision))
  }

  private func update(_ request: RouteRequest) async throws -> Response {
    let body = try request.decode(UserChangeBody.self, fields: ["name", "role", "disabled"])
    let change = UserChange(
      name: body.name, role: try body.role.map(Role.init(validating:)), isDisabled: body.disabled)
    let (id, caller) = (try id(request), try request.caller())
    return answer(
      try await request.changing { revision in
        try await users.updateUser(id, change, ifRevision: revision, as: caller)
      })
  }

  private func answer(_ user: UserEntry) -> Response { .json(UserBody(user), headers: .revision(user.revision)) }

  private func id(_ request: RouteRequest) throws(ClawError) -> UserID {
    UserID(unchecked: try request.parameter("id"))
  }
}
