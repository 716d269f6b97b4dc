import ArgumentParser
import ClawClient
import ClawJSON
import ClawProtocol

/// `swiftclaw sessions export`.
struct SessionExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a whole conversation as Markdown or JSON.",
    discussion: """
      Example:
        swiftclaw sessions export agent:default:ws:main --format jsonl --output conversation.jsonl
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case markdown, json, jsonl
  }

  @Argument(help: "Its key.")
  var key: String

  @Option(help: "markdown for people, json as one array, jsonl with a message a line; --json means json.")
  var format: Format?

  @Option(name: .shortAndLong, help: ArgumentHelp("A file to make, instead of stdout.", valueName: "file"))
  var output: String?

  @OptionGroup var owner: OwnerOptions
  @OptionGroup var gateway: GatewayOptions

  func run() async throws {
    let console = Console.current
    let messages = try await Progress.during("reading \(key)") {
      try await gateway.withClient(user: owner.user) { try await Self.all(of: key, client: $0) }
    }
    guard !messages.isEmpty else { throw SessionText.notFound(key) }
    let text = try Self.text(messages, of: key, as: format ?? (gateway.json ? .json : .markdown))
    guard let output else { return console.part(text) }
    let isNew = try await Blocking.run { try PrivateFile.write(Array(text.utf8), to: output, .new) }
    guard isNew else { throw CommandFailure(.usage, "\(output) is there already; name another file") }
    console.note("\(messages.count) messages are in \(output)")
  }

  /// Page by page, from newest to oldest.
  static func all(of key: String, client: GatewayClient, page: Int = 500) async throws -> [ChatHistory.Message] {
    var pages: [[ChatHistory.Message]] = []
    var before: Int64?
    repeat {
      let answer = try await client.call(ChatHistory.self, .init(sessionKey: key, limit: page, before: before))
      pages.append(answer.messages)
      before = answer.nextBefore
    } while before != nil
    return pages.reversed().flatMap { $0 }
  }

  private static func text(_ messages: [ChatHistory.Message], of key: String, as format: Format) throws -> String {
    switch format {
    case .markdown: SessionText.markdown(messages, title: key)
    case .json: try JSONValue(encoding: messages).serializedString() + "\n"
    case .jsonl: try messages.map { try JSONValue(encoding: $0).serializedString() + "\n" }.joined()
    }
  }
}
