import ClawCore
import ClawProtocol

extension Status.LaneInfo {
  init(_ lane: LaneStatus) {
    self.init(running: lane.running, queued: lane.queued, waiting: lane.waiting, limit: lane.limit)
  }
}

extension Status.AgentInfo {
  init(_ description: AgentDescription) {
    self.init(
      id: description.agent.key.rawValue, name: description.agent.name, model: description.model.model,
      provider: description.model.provider, isRunning: description.isRunning)
  }
}

extension AgentGet.Result {
  init(_ description: AgentDescription) {
    let agent = description.agent
    self.init(
      id: agent.key.rawValue, name: agent.name, description: agent.summary, emoji: agent.emoji,
      model: description.model.model, provider: description.model.provider, type: "open",
      isRunning: description.isRunning, tools: description.tools)
  }
}

extension ModelsList.Result {
  init(_ listing: ModelListing) {
    self.init(
      models: listing.models.map(ModelsList.Model.init),
      errors: listing.failures.map { ModelsList.Failure(provider: $0.provider, message: $0.message) })
  }
}

extension ModelsList.Model {
  /// The id is accepted by `chat.send` as `model`.
  init(_ model: ModelDescription) {
    self.init(
      id: model.reference.description, provider: model.reference.provider, name: model.name,
      contextWindow: model.contextWindow, isDefault: model.isDefault)
  }
}
