import ClawCore
import ClawProtocol
import HTTPTypes
import HummingbirdCore

/// `/v1/tenants`, for the gateway token only.
struct TenantRoutes: Sendable {
  let tenants: any TenantService

  private static let path = "/v1/tenants"

  var all: [HTTPRoute] {
    let one = Self.path + "/{id}"
    return [
      HTTPRoute(.get, Self.path, access: .gatewayToken) { try await list($0) },
      HTTPRoute(.post, Self.path, access: .gatewayToken, body: .standard) { try await create($0) },
      HTTPRoute(.get, one, access: .gatewayToken) { answer(try await tenants.tenant(try id($0))) },
      HTTPRoute(.patch, one, access: .gatewayToken, body: .standard) { try await update($0) },
      HTTPRoute(.delete, one, access: .gatewayToken) { request in
        try await tenants.eraseTenant(try id(request))
        return Response(status: .noContent)
      },
      HTTPRoute(.get, one + "/export", access: .gatewayToken) { request in
        let id = try await tenants.tenant(try id(request)).id
        return ExportResponse.make { try await tenants.exportTenant(id, to: $0) }
      },
    ]
  }

  private func list(_ request: RouteRequest) async throws -> Response {
    let (limit, cursor) = try request.paging()
    let page = try await tenants.tenants(limit: limit, cursor: cursor)
    return .json(
      TenantListBody(tenants: page.items.map(TenantBody.init), next_cursor: page.nextCursor),
      headers: [.cacheControl: "no-store"])
  }

  private func create(_ request: RouteRequest) async throws -> Response {
    let body = try request.decode(TenantDraftBody.self, fields: ["id", "name"])
    let tenant = try await tenants.createTenant(try TenantID(validating: body.id), name: body.name ?? body.id)
    var headers = HTTPFields.revision(tenant.revision)
    headers[.location] = "\(Self.path)/\(tenant.id)"
    return .json(TenantBody(tenant), status: .created, headers: headers)
  }

  private func update(_ request: RouteRequest) async throws -> Response {
    let body = try request.decode(TenantChangeBody.self, fields: ["name", "status"])
    let status = try body.status.map { name throws(ClawError) in
      guard let status = Tenant.Status(rawValue: name) else {
        throw ClawError(.invalidRequest, "status must be active or suspended")
      }
      return status
    }
    let id = try id(request)
    return answer(
      try await request.changing { revision in
        try await tenants.updateTenant(id, name: body.name, status: status, ifRevision: revision)
      })
  }

  private func answer(_ tenant: Tenant) -> Response {
    .json(TenantBody(tenant), headers: .revision(tenant.revision))
  }

  /// An invalid ID is treated as an unknown tenant.
  private func id(_ request: RouteRequest) throws(ClawError) -> TenantID {
    TenantID(unchecked: try request.parameter("id"))
  }
}
