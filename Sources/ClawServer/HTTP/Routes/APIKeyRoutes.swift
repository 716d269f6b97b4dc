import ClawCore
import ClawProtocol
import HTTPTypes
import HummingbirdCore

/// `/v1/api-keys`
struct APIKeyRoutes: Sendable {
  let keys: any APIKeyService

  private static let path = "/v1/api-keys"

  var all: [HTTPRoute] {
    [
      HTTPRoute(.get, Self.path, access: .role(.admin)) { try await list($0) },
      HTTPRoute(.post, Self.path, access: .role(.admin), body: .standard) { try await create($0) },
      HTTPRoute(.get, Self.path + "/{id}", access: .role(.admin)) { request in
        answer(try await keys.apiKey(try id(request), as: try request.caller()))
      },
      HTTPRoute(.patch, Self.path + "/{id}", access: .role(.admin), body: .standard) { try await rename($0) },
      HTTPRoute(.delete, Self.path + "/{id}", access: .role(.admin)) { request in
        try await keys.revokeAPIKey(try id(request), as: try request.caller())
        return Response(status: .noContent)
      },
    ]
  }

  private func list(_ request: RouteRequest) async throws -> Response {
    let (limit, cursor) = try request.paging()
    let page = try await keys.apiKeys(limit: limit, cursor: cursor, as: try request.caller())
    return .json(
      APIKeyListBody(api_keys: page.items.map { APIKeyBody($0) }, next_cursor: page.nextCursor),
      headers: [.cacheControl: "no-store"])
  }

  private func create(_ request: RouteRequest) async throws -> Response {
    let body = try request.decode(APIKeyDraftBody.self, fields: ["name", "role", "user_id", "expires_at"])
    let role = try body.role.map(Role.init(validating:)) ?? .operator_
    let draft = APIKeyDraft(
      name: body.name, role: role,
      user: try body.user_id.map { name throws(ClawError) in try UserID(validating: name) },
      expiresAt: body.expires_at.map { Timestamp(milliseconds: $0) })
    let issued = try await keys.createAPIKey(draft, as: try request.caller())
    var headers = HTTPFields.revision(issued.key.revision)
    headers[.location] = "\(Self.path)/\(issued.key.id)"
    return .json(APIKeyBody(issued.key, secret: issued.secret), status: .created, headers: headers)
  }

  private func rename(_ request: RouteRequest) async throws -> Response {
    let body = try request.decode(APIKeyChangeBody.self, fields: ["name"])
    let caller = try request.caller()
    let id = try id(request)
    return answer(
      try await request.changing { revision in
        try await keys.renameAPIKey(id, to: body.name, ifRevision: revision, as: caller)
      })
  }

  private func answer(_ key: APIKey) -> Response { .json(APIKeyBody(key), headers: .revision(key.revision)) }

  private func id(_ request: RouteRequest) throws(ClawError) -> APIKeyID {
    APIKeyID(unchecked: try request.parameter("id"))
  }
}
