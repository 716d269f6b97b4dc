import ClawCore
import ClawJSON

/// Validates the properties of an agent.
struct AgentRules: Sendable {
  /// The limit of models tried for one request.
  static let maxModels = 16
  static let maxPromptBytes = 65_536

  let models: any ModelService
  /// Folder that holds the workspace of each agent.
  let workspaces: String
  /// Whether folders outside of ``workspaces`` are allowed: only for the gateway's own operator. An admin of a tenant
  /// could otherwise reach the files of other tenants and of the machine.
  let namesAnyFolder: Bool

  func apply(_ change: AgentChange, to old: Agent) throws(ClawError) -> Agent {
    var agent = old
    if let name = change.name { agent.name = try Self.name(name) }
    if let summary = change.summary { agent.summary = try Self.summary(summary) }
    if let emoji = change.emoji { agent.emoji = try Self.emoji(emoji) }
    if let prompt = change.prompt { agent.prompt = try Self.prompt(prompt) }
    if let folder = change.workspace { agent.folder = try self.folder(folder) }
    if let list = change.models { agent.models = try models(list) }
    if let first = change.firstModel {
      let others = change.models == nil ? Array(agent.models.dropFirst()) : agent.models
      agent.models = try models([first] + others)
    }
    return agent
  }

  /// Looks up names that are not cached yet, so that ``models(_:)`` finds them.
  func lookUp(_ names: [String]) async {
    for name in names.prefix(Self.maxModels) { _ = await models.find(name) }
  }

  /// The names as `provider/model`, without duplicates.
  /// - Throws: `invalidRequest` if no provider has one of them.
  func models(_ names: [String]) throws(ClawError) -> [String] {
    guard names.count <= Self.maxModels else {
      throw ClawError(field: .models, "must be at most \(Self.maxModels)")
    }
    var found: [String] = []
    for name in names {
      guard let reference = models.resolve(name) else {
        let shown = JSONValue.string(String(name.prefix(100))).serializedString()
        throw ClawError(
          field: .models,
          "names \(shown), which no configured provider has; name a model as provider/model, as their list has it")
      }
      let text = reference.description
      if !found.contains(where: { $0.hasSameBytes(as: text) }) { found.append(text) }
    }
    return found
  }

  /// - Throws: `invalidRequest` unless it is a relative path below the agents' folder, or an absolute one that is
  ///   allowed. Folders of tenants and of users begin with `@`.
  func folder(_ path: String) throws(ClawError) -> AgentFolder {
    let parts = path.split(at: "/").filter { $0 != "." }
    guard namesAnyFolder || !path.startsWith("/") && parts.first?.startsWith("@") == false else {
      throw ClawError(
        field: .workspace,
        "must be a relative path, below the agents' folder, that doesn't begin with \"@\"; another "
          + "folder is for the holder of the gateway token to give")
    }
    guard path.utf8.count <= 4096, !path.containsControlCharacters, !parts.isEmpty, !path.startsWith("~"),
      !parts.contains(where: { $0.hasSameBytes(as: "..") })
    else {
      throw ClawError(
        field: .workspace,
        "must be an absolute path, or one below the agents' folder, without \"..\" and \"~\"")
    }
    let joined = parts.joined(separator: "/")
    return AgentFolder(path: path.startsWith("/") ? "/" + joined : workspaces + "/" + joined)
  }

  /// A key derived from a name: lower case, with a dash for everything but letters, digits and underscores.
  static func key(from name: String) throws(ClawError) -> AgentKey {
    var text = ""
    for scalar in name.lowercased().unicodeScalars {
      let isKept = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
      if isKept { text.unicodeScalars.append(scalar) } else if !text.isEmpty, !text.endsWith("-") { text += "-" }
    }
    text = String(text.drop { $0 == "-" || $0 == "_" }.prefix(64))
    while text.endsWith("-") { text.removeLast() }
    guard !text.isEmpty else {
      throw ClawError(field: .name, "has no letters or digits to make a key of; give the agent a key, too")
    }
    return try AgentKey(validating: text)
  }

  static func name(_ text: String) throws(ClawError) -> String {
    guard (1...100).contains(text.count), !text.containsControlCharacters,
      !text.isBlank
    else { throw ClawError(field: .name, "must be 1 to 100 characters without control characters") }
    return text
  }

  static func summary(_ text: String) throws(ClawError) -> String {
    guard text.count <= 1000, !text.containsControlCharacters else {
      throw ClawError(field: .summary, "must be at most 1000 characters without control characters")
    }
    return text
  }

  static func emoji(_ text: String) throws(ClawError) -> String {
    guard text.count <= 8, text.utf8.count <= 64, !text.containsControlCharacters else {
      throw ClawError(field: .emoji, "must be at most 8 characters")
    }
    return text
  }

  static func prompt(_ text: String) throws(ClawError) -> String {
    guard text.utf8.count <= maxPromptBytes, !text.unicodeScalars.contains("\0") else {
      throw ClawError(field: .prompt, "must be at most \(maxPromptBytes) bytes, without NUL")
    }
    return text
  }
}
