import ClawJSON
import ClawTesting
import Foundation
import Testing

@Suite("The examples, run as the documentation prints them", .timeLimit(.minutes(10)))
struct ExampleTests {
  @Test("The terminal chat answers line by line, says what fails, and leaves at the end of its input")
  func terminalChat() async throws {
    try await GatewayHarness.run { gateway in
      let chat = try ExampleProcess("TerminalChat", port: gateway.port)
      try await chat.read(through: "Connected to swiftclaw")
      try await chat.read(through: "> ")
      chat.write("what is 12 * 7?\n")
      let answer = try await chat.read(through: "\n> ")
      #expect(answer.contains("[calculator]") && answer.contains("84"))
      chat.write("\n")
      #expect(try await chat.read(through: "\n> ").contains("(INVALID_REQUEST"))
      chat.write("what did I say first?\n")
      #expect(try await chat.read(through: "\n> ").contains("12 * 7"))
      chat.endInput()
      #expect(await chat.exitStatus() == 0)
    }
  }

  @Test("The notifier tells what was said before and what is said now, in any conversation")
  func notifier() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      let session: JSONValue = "agent:default:watched"
      _ = try await client.call("chat.send", ["message": "what is 1 + 1?", "sessionKey": session])
      let notifier = try ExampleProcess("Notifier", ["agent:default:watched"], port: gateway.port)
      #expect(try await notifier.read(through: "\n").contains("default has answered: "))
      _ = try await client.call("chat.send", ["message": "what is 2 + 2?", "sessionKey": session])
      #expect(try await notifier.read(through: "\n").contains("answered: The tool calculator answered: 4"))
      _ = try await client.call("chat.send", ["message": "what is 3 + 3?", "sessionKey": "agent:default:other"])
      #expect(try await notifier.read(through: "\n").contains("answered: The tool calculator answered: 6"))
    }
  }

  @Test("The bot answers everybody in a conversation of their own, and a message that comes twice once")
  func bot() async throws {
    try await GatewayHarness.run { gateway in
      let bot = try ExampleProcess("Bot", port: gateway.port)
      func ask(_ id: String, _ from: String, _ text: String) throws {
        let message: JSONValue = ["id": .string(id), "from": .string(from), "text": .string(text)]
        bot.write(message.serializedString() + "\n")
      }
      func answer() async throws -> JSONValue { try JSONValue(parsing: try await bot.read(through: "\n")) }
      try ask("1", "ann", "my name is Ann")
      #expect(try await answer()["to"] == "ann")
      try ask("2", "bob", "what did I say first?")
      #expect(try await answer()["text"]?.stringValue?.contains("Ann") == false)
      try ask("3", "ann", "what did I say first?")
      let third = try await answer()
      #expect(third["id"] == "3" && third["text"]?.stringValue?.contains("my name is Ann") == true)
      try ask("3", "ann", "what did I say first?")
      #expect(try await answer() == third)
      bot.write("nonsense\n")
      #expect(try await bot.read(through: "\n") == "not a message: nonsense\n")
      try ask("4", "ann", "")
      #expect(try await answer()["error"]?.stringValue?.contains("INVALID_REQUEST") == true)
      bot.endInput()
      #expect(await bot.exitStatus() == 0)
      let client = try await gateway.connect()
      let history = try await client.call("chat.history", ["sessionKey": "agent:default:bot:ann"])
      #expect(history["messages"]?.arrayValue?.count { $0["role"] == "user" } == 2)
    }
  }

  @Test("Without a gateway each says so and ends with an error", arguments: ["TerminalChat", "Notifier", "Bot"])
  func nobody(name: String) async throws {
    let example = try ExampleProcess(name, port: 1)
    #expect(try await example.read().contains("nothing listens there"))
    #expect(await example.exitStatus() == 1)
  }
}

@Suite("The documentation of the client")
struct ClientDocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  @Test("What an article prints is the example that is built", arguments: ["TerminalChat", "Notifier", "Bot"])
  func article(name: String) throws {
    let article = try Self.text("Sources/ClawClient/ClawClient.docc/\(name).md")
    let blocks = article.matches(of: #/(?s)```swift\n(.*?)```/#).map { String($0.output.1) }
    #expect(blocks == [try Self.text("Examples/\(name)/main.swift")])
    #expect(article.contains("swift run \(name)"))
  }

  @Test("Every example has an article, and the overview leads to it")
  func overview() throws {
    let overview = try Self.text("Sources/ClawClient/ClawClient.docc/ClawClient.md")
    let examples = try FileManager.default.contentsOfDirectory(
      atPath: Self.root.appendingPathComponent("Examples").path)
    #expect(examples.count == 3)
    for name in examples { #expect(overview.contains("<doc:\(name)>")) }
  }
}
