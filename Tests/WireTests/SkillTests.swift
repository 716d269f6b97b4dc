import ClawCore
import ClawJSON
import ClawStore
import ClawTesting
import Foundation
import Testing

@Suite("Skills over the wire")
struct SkillTests {
  private static let workspace = "workspace/default"

  @Test("skills.list shows those of the data directory and of the agent's workspace, which goes first")
  func list() async throws {
    let directory = try TemporaryDirectory()
    try directory.skill("weather", "name: weather\ndescription: Tells the weather.\nversion: 1.2")
    try directory.skill("notes", "description: Shared notes.")
    try directory.skill("notes", "description: Own notes.", in: Self.workspace)
    try directory.skill("broken", "name: broken")
    try await GatewayHarness.run(in: directory) { gateway in
      let client = try await gateway.connect()
      let skills = try #require(try await client.call("skills.list")["skills"]?.arrayValue)
      #expect(skills.map { $0["id"] } == ["notes", "weather"])
      #expect(skills[0]["description"] == "Own notes." && skills[0]["source"] == "workspace")
      #expect(
        skills[1] == [
          "id": "weather", "name": "weather", "description": "Tells the weather.", "source": "global",
          "version": "1.2",
        ])
      let weather = try await client.call("skills.get", ["name": "Weather", "agentId": "default"])
      #expect(weather["content"] == "body of weather" && weather["source"] == "global" && weather["version"] == "1.2")
      #expect(try await client.failure("skills.get", ["name": "broken"])["code"] == "NOT_FOUND")
      #expect(try await client.failure("skills.get", ["name": "../../workspace"])["code"] == "NOT_FOUND")
      #expect(try await client.failure("skills.get")["code"] == "INVALID_REQUEST")
      #expect(try await client.failure("skills.list", ["agentId": "nobody"])["code"] == "NOT_FOUND")
      #expect(try await client.failure("skills.list", ["agentId": "../up"])["code"] == "INVALID_REQUEST")
      // Twice the same, but logged once.
      _ = try await client.call("skills.list")
      let warnings = gateway.log.lines.filter { $0.contains("skill.left_out") }
      #expect(warnings.count == 1 && warnings[0].contains("broken"))
    }
  }

  @Test(
    "a model is told of the skills and reads one; hot reload: what changes counts for the next message",
    arguments: ModelFaultTests.dialects)
  func conversation(dialect: String) async throws {
    let directory = try TemporaryDirectory()
    try directory.skill("trip", "name: trip\ndescription: Plans a trip.", body: "Ask where to.")
    let models = try await FakeModelServer.start()
    models.enqueue(
      .call("read_skill", ["name": "trip"]), .text("Where to?"), .text("Plain."), .call("read_skill", ["name": "trip"]),
      .text("When?"))
    try await GatewayHarness.run(in: directory, models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      #expect(try await client.call("chat.send", ["message": "a trip, please"])["content"] == "Where to?")
      _ = try await client.call("chat.send", ["message": "something else"])
      try directory.skill("trip", "name: trip\ndescription: Plans every trip.", body: "Ask when.")
      #expect(try await client.call("chat.send", ["message": "another trip"])["content"] == "When?")
    }
    let requests = models.requests
    #expect(requests.count == 5)
    for request in requests {
      #expect(request.toolNames.contains("read_skill"))
      let description = request.id <= requests[2].id ? "- trip: Plans a trip." : "- trip: Plans every trip."
      #expect(request.systemText.contains(description))
    }
    #expect(requests[1].lastToolResults == ["Ask where to."])
    #expect(requests[4].lastToolResults == ["Ask when."])
    // L20: the prompt has the same bytes while nothing changes.
    #expect(Set(requests[0...2].map(\.systemText)).count == 1)
    #expect(requests[3].systemText == requests[4].systemText)
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("an agent without skills is told of none, and is not offered the tool")
  func none() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      _ = try await client.call("chat.send", ["message": "hello"])
      #expect(try await client.call("skills.list")["skills"] == [])
    }
    let request = try #require(models.requests.first)
    #expect(!request.toolNames.contains("read_skill") && request.toolNames.contains("calculator"))
    #expect(!request.systemText.contains("skill"))
    await models.stop()
  }

  @Test("S20, S23: a model's read_skill reaches neither other folders nor through links")
  func escapes() async throws {
    let directory = try TemporaryDirectory()
    try directory.skill("trip", "description: Plans a trip.", in: Self.workspace)
    try FileManager.default.createSymbolicLink(
      atPath: directory.path + "/\(Self.workspace)/skills/trip/link",
      withDestinationPath: directory.path + "/gateway.token")
    let files = ["link", "../../../../gateway.token", directory.path + "/gateway.token", "../trip/SKILL.md"]
    let models = try await FakeModelServer.start()
    models.enqueue(
      FakeReply(
        files.enumerated().map { index, file in
          let arguments: JSONValue = ["name": "trip", "file": .string(file)]
          return .call(id: "call_\(index)", name: "read_skill", arguments: arguments.serializedString())
        } + [.call(id: "call_9", name: "read_skill", arguments: #"{"name":"../trip"}"#)]), .text("No."))
    try await GatewayHarness.run(in: directory, models: models) { gateway in
      let client = try await gateway.connect()
      _ = try await client.call("chat.send", ["message": "read it"])
      let results = client.events.filter { $0["event"] == "tool.result" }
      #expect(results.count == 5)
      #expect(results.allSatisfy { $0["payload"]?["is_error"] == true })
    }
    #expect(models.requests[1].lastToolResults.allSatisfy { !$0.contains(GatewayHarness.token) })
    await models.stop()
  }

  @Test("two agents have skills of their own")
  func agents() async throws {
    let directory = try TemporaryDirectory()
    try await GatewayHarness.run(in: directory) { _ in }
    let store = try await GatewayHarness.openStore(in: directory)
    let now = Timestamp(milliseconds: 1_700_000_000_000)
    let helper = Agent(
      id: .generate(at: now), key: AgentKey(unchecked: "helper"), name: "Helper",
      folder: AgentFolder(path: directory.path + "/workspace/helper"), createdAt: now, updatedAt: now)
    #expect(try await store.tenant(.standard).write { try $0.agents.add(helper) })
    await store.close()
    try directory.skill("alpha", "description: Of the first.", in: Self.workspace)
    try directory.skill("beta", "description: Of the second.", in: "workspace/helper")
    let models = try await FakeModelServer.start()
    models.enqueue(.text("one"), .call("read_skill", ["name": "alpha"]), .text("two"))
    try await GatewayHarness.run(in: directory, models: models) { gateway in
      let client = try await gateway.connect()
      let first = try await client.call("skills.list", ["agentId": "default"])
      let second = try await client.call("skills.list", ["agentId": "helper"])
      #expect(first["skills"]?.arrayValue?.map { $0["id"] } == ["alpha"])
      #expect(second["skills"]?.arrayValue?.map { $0["id"] } == ["beta"])
      _ = try await client.call("chat.send", ["message": "hello"])
      _ = try await client.call("chat.send", ["message": "hello", "agentId": "helper"])
    }
    let requests = models.requests
    #expect(requests[0].systemText.contains("alpha") && !requests[0].systemText.contains("beta"))
    #expect(requests[1].systemText.contains("beta") && !requests[1].systemText.contains("alpha"))
    #expect(requests[2].lastToolResults.first?.contains("body of alpha") == false)
    await models.stop()
  }
}

extension FakeRequest {
  /// The system prompt, in either dialect.
  fileprivate var systemText: String {
    let system = body["system"] ?? messages.first?["content"] ?? .null
    return system.stringValue ?? system.arrayValue?.compactMap { $0["text"]?.stringValue }.joined() ?? ""
  }
}

extension TemporaryDirectory {
  /// Writes a skill into a folder below this one.
  fileprivate func skill(_ name: String, _ matter: String, body: String? = nil, in parent: String = "") throws {
    let folder = "\(path)/\(parent)/skills/\(name)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let text = "---\n\(matter)\n---\n\n\(body ?? "body of \(name)")\n"
    try text.write(toFile: folder + "/SKILL.md", atomically: true, encoding: .utf8)
  }
}
