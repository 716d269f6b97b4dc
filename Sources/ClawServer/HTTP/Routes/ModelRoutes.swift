import ClawCore
import ClawProtocol
import HummingbirdCore

/// `GET /v1/models`: the agents, then the providers' models; and each of them by its id.
struct ModelRoutes: Sendable {
  let services: ServerServices

  private static let prefix = "swiftclaw:"

  var all: [HTTPRoute] {
    [
      HTTPRoute(.get, "/v1/models", access: .role(.viewer), errors: .openAI) { request in
        .json(try await list(as: try request.caller()))
      },
      // An id may contain a slash, which clients send both unescaped and as %2F.
      HTTPRoute(.get, "/v1/models/{+id}", access: .role(.viewer), errors: .openAI) { request in
        .json(try await model(try request.parameter("id"), as: try request.caller()))
      },
    ]
  }

  private func list(as principal: Principal) async throws -> OpenAIModelList {
    async let agents = services.agents.list(as: principal)
    async let listing = services.models.models(of: principal.tenant).list(provider: nil)
    let ours = try await agents.map { Self.entry(of: $0) }
    let theirs = try await listing.models.map { Self.entry(of: $0.reference) }
    return OpenAIModelList(data: ours + theirs)
  }

  /// - Throws: 404 for an id that is not in the list.
  private func model(_ id: String, as principal: Principal) async throws -> OpenAIModelList.Model {
    if id.utf8.starts(with: Self.prefix.utf8) {
      do {
        let key = try AgentKey(validating: String(id.unicodeScalars.dropFirst(Self.prefix.unicodeScalars.count)))
        return Self.entry(of: try await services.agents.agent(key, as: principal))
      } catch let error as ClawError where error.code == .notFound || error.code == .invalidRequest {
        throw Self.unknown(id)
      }
    }
    let listing = try await services.models.models(of: principal.tenant).list(provider: nil)
    guard let model = listing.models.first(where: { $0.reference.description.utf8.elementsEqual(id.utf8) }) else {
      throw Self.unknown(id)
    }
    return Self.entry(of: model.reference)
  }

  private static func entry(of description: AgentDescription) -> OpenAIModelList.Model {
    OpenAIModelList.Model(
      id: prefix + description.agent.key.rawValue, created: description.agent.createdAt.milliseconds / 1000,
      owned_by: "swiftclaw")
  }

  private static func entry(of model: ModelReference) -> OpenAIModelList.Model {
    OpenAIModelList.Model(id: model.description, created: 0, owned_by: model.provider)
  }

  private static func unknown(_ id: String) -> HTTPFailure {
    HTTPFailure(
      ClawError(.notFound, "there is no model \(id.prefix(100)); GET /v1/models lists them"), param: "model",
      openAICode: "model_not_found")
  }
}
