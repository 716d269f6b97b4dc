import ClawCore
import ClawProtocol

extension AgentEntry {
  /// - Parameter showsAll: Whether to include the agent's prompt and workspace.
  init(_ description: AgentDescription, showsAll: Bool) {
    let agent = description.agent
    self.init(
      id: agent.key.rawValue, name: agent.name, description: agent.summary, emoji: agent.emoji,
      model: description.model.model, provider: description.model.provider, models: agent.models,
      isDefault: agent.key == .standard, isRunning: description.isRunning, createdAt: agent.createdAt.rfc3339,
      updatedAt: agent.updatedAt.rfc3339, prompt: showsAll ? agent.prompt : nil,
      workspace: showsAll ? agent.folder.path : nil)
  }
}
