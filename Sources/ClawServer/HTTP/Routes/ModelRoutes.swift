import ClawCore
import ClawProtocol
import HummingbirdCore

/// `GET /v1/models`: the agents, then what the providers have.
struct ModelRoutes: Sendable {
  let services: ServerServices

  var all: [HTTPRoute] {
    [
      HTTPRoute(.get, "/v1/models", access: .role(.viewer), errors: .openAI) { request in
        .json(try await list(as: try request.caller()))
      }
    ]
  }

  private func list(as principal: Principal) async throws -> OpenAIModelList {
    async let agents = services.agents.list(as: principal)
    async let listing = services.models.list(provider: nil)
    let ours = try await agents.map { description in
      OpenAIModelList.Model(
        id: "swiftclaw:\(description.agent.key)", created: description.agent.createdAt.milliseconds / 1000,
        owned_by: "swiftclaw")
    }
    let theirs = try await listing.models.map { model in
      OpenAIModelList.Model(id: model.reference.description, created: 0, owned_by: model.reference.provider)
    }
    return OpenAIModelList(data: ours + theirs)
  }
}
