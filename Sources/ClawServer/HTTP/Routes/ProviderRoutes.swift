import ClawCore
import ClawJSON
import ClawProtocol
import HTTPTypes
import HummingbirdCore

/// `/v1/providers`: the model providers that the caller's tenant has set up for itself.
struct ProviderRoutes: Sendable {
  let providers: any ProviderService

  private static let path = "/v1/providers"
  private static let fields: UTF8Set = [
    "display_name", "provider_type", "api_base", "api_key", "default_model", "models", "enabled",
  ]

  var all: [HTTPRoute] {
    let one = Self.path + "/{name}"
    return [
      HTTPRoute(.get, Self.path, access: .role(.admin)) { try await list($0) },
      HTTPRoute(.post, Self.path, access: .role(.admin), body: .standard) { try await create($0) },
      HTTPRoute(.get, one, access: .role(.admin)) { request in
        answer(try await providers.provider(try request.parameter("name"), as: try request.caller()))
      },
      HTTPRoute(.put, one, access: .role(.admin), body: .standard) { try await update($0) },
      HTTPRoute(.patch, one, access: .role(.admin), body: .standard) { try await update($0) },
      HTTPRoute(.delete, one, access: .role(.admin)) { request in
        try await providers.removeProvider(try request.parameter("name"), as: try request.caller())
        return Response(status: .noContent)
      },
      HTTPRoute(.post, one + "/test", access: .role(.admin), body: .standard) { try await test($0) },
      HTTPRoute(.get, one + "/models", access: .role(.admin)) { request in
        let listing = try await providers.models(of: try request.parameter("name"), as: try request.caller())
        return .json(ProviderModelsBody(listing), headers: [.cacheControl: "no-store"])
      },
    ]
  }

  private func list(_ request: RouteRequest) async throws -> Response {
    let (limit, cursor) = try request.paging()
    let page = try await providers.providers(limit: limit, cursor: cursor, as: try request.caller())
    return .json(
      ProviderListBody(providers: page.items.map { ProviderBody($0) }, next_cursor: page.nextCursor),
      headers: [.cacheControl: "no-store"])
  }

  private func create(_ request: RouteRequest) async throws -> Response {
    let body = try request.decode(ProviderDraftBody.self, fields: Self.fields.union(["name"]))
    guard let name = body.name else { throw ClawError(.invalidRequest, "name is needed") }
    let made = try await providers.createProvider(name, try ProviderChange(body), as: try request.caller())
    var headers = HTTPFields.revision(made.revision)
    headers[.location] = "\(Self.path)/\(made.name)"
    return .json(ProviderBody(made), status: .created, headers: headers)
  }

  private func update(_ request: RouteRequest) async throws -> Response {
    let change = try ProviderChange(try request.decode(ProviderDraftBody.self, fields: Self.fields))
    let (name, caller) = (try request.parameter("name"), try request.caller())
    return answer(
      try await request.changing { revision in
        try await providers.updateProvider(name, change, ifRevision: revision, as: caller)
      })
  }

  /// The body is optional.
  private func test(_ request: RouteRequest) async throws -> Response {
    let isEmpty = request.body.readableBytes == 0
    let body = isEmpty ? ProviderTestRequestBody() : try request.decode(ProviderTestRequestBody.self, fields: ["model"])
    let test = try await providers.testProvider(
      try request.parameter("name"), model: body.model, as: try request.caller())
    return .json(ProviderTestBody(test), headers: [.cacheControl: "no-store"])
  }

  private func answer(_ provider: ProviderEntry) -> Response {
    .json(ProviderBody(provider), headers: .revision(provider.revision))
  }
}
