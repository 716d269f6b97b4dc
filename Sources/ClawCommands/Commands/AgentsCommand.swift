import ArgumentParser
import ClawProtocol

/// `swiftclaw agents`.
struct AgentsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agents", abstract: "Lists, adds, edits and removes agents.",
    discussion: """
      Example:
        swiftclaw agents add Helper --model anthropic/claude-sonnet-4-5-20250929 --model openai/gpt-4o
      """,
    subcommands: [List.self, Add.self, Edit.self, Remove.self])

  /// `swiftclaw agents list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the agents.",
      discussion: """
        Example:
          swiftclaw agents list
        """)

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      let answer = try await gateway.call(AgentsList.self, NoParams())
      if gateway.json { return try gateway.write(json: answer) }
      var table = TextTable("ID", "NAME", "MODELS", "RUNNING", "DESCRIPTION")
      for agent in answer.agents {
        let models =
          agent.models.isEmpty
          ? "\(agent.provider)/\(agent.model) (the gateway's)" : agent.models.joined(separator: ", ")
        table.add(
          agent.id, agent.emoji.isEmpty ? agent.name : "\(agent.emoji) \(agent.name)", models,
          agent.isRunning ? "yes" : "no", agent.description)
      }
      table.write(to: Console.current)
    }
  }

  /// `swiftclaw agents add`.
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Creates an agent.",
      discussion: """
        Of several models the next one is asked when the one before can't answer.

        Example:
          swiftclaw agents add Helper --model openai/gpt-4o --model ollama/llama3.2
        """)

    @Argument(help: "What people call it.")
    var name: String

    @Option(help: ArgumentHelp("Its id (default: made from the name).", valueName: "id"))
    var id: String?

    @OptionGroup var traits: AgentTraits
    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      let prompt = try await traits.promptText()
      let answer = try await gateway.call(
        AgentsCreate.self,
        .init(
          name: name, agentId: id, description: traits.description, emoji: traits.emoji, prompt: prompt,
          workspace: traits.workspace, models: traits.models))
      if gateway.json { return try gateway.write(json: answer) }
      let console = Console.current
      console.line("\(console.styles.green("made")) agent \(answer.agentId); it works in \(answer.workspace)")
      console.note("talk to it: \(ProcessEnvironment.programName) chat --agent \(answer.agentId)")
    }
  }

  /// `swiftclaw agents edit`.
  struct Edit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Changes an agent; what is not named stays as it is.",
      discussion: """
        Example:
          swiftclaw agents edit helper --prompt-file helper.md --model openai/gpt-4o
        """)

    @Argument(help: "Its id.")
    var id: String

    @Option(help: ArgumentHelp("Another name.", valueName: "text"))
    var name: String?

    @Flag(help: "Use the gateway's model again instead of models of its own.")
    var noModels = false

    @OptionGroup var traits: AgentTraits
    @OptionGroup var gateway: GatewayOptions

    func validate() throws {
      if noModels, !traits.models.isEmpty { throw ValidationError("--no-models and --model exclude each other") }
      if name == nil, !noModels, traits.isEmpty {
        throw ValidationError("say what to change, for example --model openai/gpt-4o")
      }
    }

    func run() async throws {
      let prompt = try await traits.promptText()
      let models = noModels ? [] : (traits.models.isEmpty ? nil : traits.models)
      let answer = try await gateway.call(
        AgentsUpdate.self,
        .init(
          agentId: id, name: name, description: traits.description, emoji: traits.emoji, prompt: prompt,
          workspace: traits.workspace, models: models))
      if gateway.json { return try gateway.write(json: answer) }
      Console.current.line("\(Console.current.styles.green("changed")) agent \(answer.agentId)")
    }
  }

  /// `swiftclaw agents remove`.
  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Removes an agent and the folder that was made for it; its conversations stay.",
      discussion: """
        Example:
          swiftclaw agents remove helper --yes
        """)

    @Argument(help: "Its id.")
    var id: String

    @Flag(help: "Leave the files in its folder.")
    var keepFiles = false

    @Flag(name: .shortAndLong, help: "Don't ask.")
    var yes = false

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      try await Confirmation.require(
        keepFiles ? "Remove agent \(id)?" : "Remove agent \(id) with the files in its folder?", isGiven: yes)
      let answer = try await gateway.call(AgentsDelete.self, .init(agentId: id, deleteFiles: !keepFiles))
      if gateway.json { return try gateway.write(json: answer) }
      let console = Console.current
      console.line(
        "\(console.styles.green("removed")) agent \(answer.agentId)"
          + (answer.filesDeleted ? " and its folder" : "; no files were removed"))
    }
  }
}

/// Options for the properties of an agent.
struct AgentTraits: ParsableArguments {
  @Option(help: ArgumentHelp("One line about it.", valueName: "text"))
  var description: String?

  @Option(help: ArgumentHelp("A sign to tell it by.", valueName: "sign"))
  var emoji: String?

  @Option(help: ArgumentHelp("System prompt; replaces the built-in text.", valueName: "text"))
  var prompt: String?

  @Option(help: ArgumentHelp("A file with that text.", valueName: "file"))
  var promptFile: String?

  @Option(help: ArgumentHelp("The folder it works in (default: one is made for it).", valueName: "folder"))
  var workspace: String?

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp("A model as provider/model; say it again for the next one to try.", valueName: "model"))
  var models: [String] = []

  var isEmpty: Bool {
    description == nil && emoji == nil && prompt == nil && promptFile == nil && workspace == nil && models.isEmpty
  }

  func validate() throws {
    if prompt != nil, promptFile != nil { throw ValidationError("--prompt and --prompt-file exclude each other") }
  }

  func promptText() async throws -> String? {
    guard let promptFile else { return prompt }
    let read = try await Blocking.run { try PrivateFile.read(promptFile, limit: 65_536) }
    guard let (bytes, _) = read else { throw CommandFailure(.usage, "\(promptFile): no such file") }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure(.usage, "\(promptFile) is no UTF-8 text")
    }
    return text
  }
}
