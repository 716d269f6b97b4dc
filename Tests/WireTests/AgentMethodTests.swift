import ClawCommands
import ClawJSON
import ClawTesting
import Foundation
import Testing

@Suite("agents.*")
struct AgentMethodTests {
  @Test("S20: a separator that combines with a mark is one: no folder outside is reached by it")
  func hiddenSeparators() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      for path in ["../\u{301}x", "a/\u{301}b/../../..", "a/..\u{2F}\u{338}b", "../x"] {
        let failure = try await client.failure("agents.create", ["name": "n", "workspace": .string(path)])
        #expect(failure["code"] == "INVALID_REQUEST", "\(path)")
      }
    }
  }

  @Test("an agent is made, listed, changed, talked to and removed")
  func life() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let made = try await client.call(
        "agents.create",
        ["name": "Travel Helper!", "description": "plans trips", "emoji": "🧭", "prompt": "You plan trips."])
      let folder = gateway.directory.path + "/workspace/travel-helper"
      #expect(
        made == ["ok": true, "agentId": "travel-helper", "name": "Travel Helper!", "workspace": .string(folder)])
      #expect(FileManager.default.fileExists(atPath: folder))
      #expect(try await client.failure("agents.create", ["name": "travel helper"])["code"] == "ALREADY_EXISTS")
      #expect(try await client.failure("agents.create", ["name": "Default"])["code"] == "ALREADY_EXISTS")
      let entry = try await entry("travel-helper", client)
      #expect(entry["name"] == "Travel Helper!" && entry["description"] == "plans trips" && entry["emoji"] == "🧭")
      #expect(entry["models"] == [] && entry["model"] == "fake-large" && entry["isDefault"] == false)
      #expect(entry["prompt"] == "You plan trips." && entry["workspace"] == .string(folder))
      _ = try await client.call("chat.send", ["message": "hi", "agentId": "travel-helper"])
      #expect(models.requests.last?.body.serializedString().contains("You plan trips.") == true)
      let changed = try await client.call(
        "agents.update", ["agentId": "travel-helper", "name": "", "emoji": "", "model": "openai/fake-small"])
      #expect(changed == ["ok": true, "agentId": "travel-helper"])
      let after = try await self.entry("travel-helper", client)
      #expect(after["name"] == "Travel Helper!" && after["emoji"] == "" && after["models"] == ["openai/fake-small"])
      let gone = try await client.call("agents.delete", ["agentId": "travel-helper"])
      #expect(gone["filesDeleted"] == true && gone["agentId"] == "travel-helper")
      #expect(!FileManager.default.fileExists(atPath: folder))
      #expect(
        try await client.failure("chat.send", ["message": "hi", "agentId": "travel-helper"])["code"] == "NOT_FOUND")
    }
    await models.stop()
  }

  private func entry(_ id: JSONValue, _ client: WireConnection) async throws -> JSONValue {
    let agents = try await client.call("agents.list")["agents"]?.arrayValue
    return try #require(agents?.first { $0["id"] == id })
  }

  @Test("what can't be is refused with a code and what to do, and changes nothing")
  func refused() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      let long = JSONValue.string(String(repeating: "a", count: 101))
      for params: JSONValue in [
        [:], ["name": ""], ["name": "…"], ["name": long], ["name": "a", "agentId": "A b"],
        ["name": "a", "models": ["no-such-model"]], ["name": "a", "model": "nobody/x"], ["name": "a\nb"],
        ["name": "a", "workspace": "../../etc"], ["name": "a", "workspace": "/tmp/../etc"],
        ["name": "a", "models": .array((0...16).map { .string("demo/m\($0)") })],
      ] {
        #expect(try await client.failure("agents.create", params)["code"] == "INVALID_REQUEST", "\(params)")
      }
      let unknown = try await client.failure("agents.create", ["name": "a", "models": ["demo", "no-such-model"]])
      #expect(unknown["message"]?.stringValue?.contains("no-such-model") == true)
      for method in ["agents.update", "agents.delete"] {
        #expect(try await client.failure(method, ["agentId": "nobody"])["code"] == "NOT_FOUND")
        #expect(try await client.failure(method)["code"] == "INVALID_REQUEST")
      }
      #expect(try await client.failure("agents.delete", ["agentId": "default"])["code"] == "INVALID_REQUEST")
      #expect(
        try await client.failure("agents.update", ["agentId": "default", "models": ["nope"]])["code"]
          == "INVALID_REQUEST")
      #expect(try await client.call("agents.list")["agents"]?.arrayValue?.count == 1)
    }
  }

  @Test("S20: deleting an agent leaves alone what is not its own folder")
  func foreignFolders() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      let files = FileManager.default
      let foreign = gateway.directory.path + "/precious"
      try files.createDirectory(atPath: foreign, withIntermediateDirectories: true)
      try Data("keep me".utf8).write(to: URL(fileURLWithPath: foreign + "/file"))
      _ = try await client.call("agents.create", ["name": "one", "workspace": .string(foreign)])
      #expect(try await client.call("agents.delete", ["agentId": "one"])["filesDeleted"] == false)
      #expect(files.fileExists(atPath: foreign + "/file"))
      // A link in the workspace is removed, its target is not.
      _ = try await client.call("agents.create", ["name": "two"])
      let own = gateway.directory.path + "/workspace/two"
      try files.createDirectory(atPath: own + "/deep/er", withIntermediateDirectories: true)
      try files.createSymbolicLink(atPath: own + "/deep/link", withDestinationPath: foreign)
      #expect(try await client.call("agents.delete", ["agentId": "two"])["filesDeleted"] == true)
      #expect(!files.fileExists(atPath: own) && files.fileExists(atPath: foreign + "/file"))
      // The workspace replaced by a link.
      _ = try await client.call("agents.create", ["name": "three"])
      let third = gateway.directory.path + "/workspace/three"
      try files.removeItem(atPath: third)
      try files.createSymbolicLink(atPath: third, withDestinationPath: foreign)
      #expect(try await client.call("agents.delete", ["agentId": "three"])["filesDeleted"] == false)
      #expect(files.fileExists(atPath: foreign + "/file"))
      _ = try await client.call("agents.create", ["name": "four"])
      #expect(
        try await client.call("agents.delete", ["agentId": "four", "deleteFiles": false])["filesDeleted"] == false)
      #expect(files.fileExists(atPath: gateway.directory.path + "/workspace/four"))
    }
  }

  @Test("of an agent's models the second answers when the provider of the first is in trouble")
  func failover() async throws {
    let (broken, healthy) = (try await FakeModelServer.start(), try await FakeModelServer.start())
    broken.respond { _ in .status(500, body: "{}") }
    healthy.respond { _ in .text("I stepped in") }
    let environment = [
      "SWIFTCLAW_MISTRAL_BASE_URL": healthy.url, "SWIFTCLAW_MISTRAL_API_KEY": "test-key-of-the-provider-43",
      "SWIFTCLAW_PROVIDER": "openai",
    ]
    try await GatewayHarness.run(
      models: broken, environment: environment, set: { $0.set(Settings.retryBase, to: .milliseconds(1)) }
    ) { gateway in
      let client = try await gateway.connect()
      _ = try await client.call(
        "agents.create",
        ["name": "sturdy", "model": "openai/fake-large", "models": ["openai/fake-large", "mistral/fake-small"]])
      let payload = try await client.call("chat.send", ["message": "hello", "agentId": "sturdy"])
      #expect(payload["content"] == "I stepped in")
      #expect(broken.requests.count == 3 && healthy.requests.count == 1)
      #expect(healthy.requests.first?.body["model"] == "fake-small")
      let agents = try await client.call("agents.list")["agents"]?.arrayValue
      #expect(
        agents?.first { $0["id"] == "sturdy" }?["models"] == ["openai/fake-large", "mistral/fake-small"])
      // With the order reversed, the first is not called.
      _ = try await client.call(
        "agents.update", ["agentId": "sturdy", "models": ["mistral/fake-small", "openai/fake-large"]])
      _ = try await client.call("chat.send", ["message": "again", "agentId": "sturdy"])
      #expect(broken.requests.count == 3 && healthy.requests.count == 2)
    }
    await broken.stop()
    await healthy.stop()
  }

  @Test("what an agent does is stopped when it is deleted")
  func running() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply.text("one two").stalling(after: 1, FakeGate()))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      _ = try await client.call("agents.create", ["name": "busy"])
      let id = client.request("chat.send", ["message": "go on", "agentId": "busy"])
      _ = try await client.events(through: "chunk")
      _ = try await client.call("agents.delete", ["agentId": "busy"])
      let response = try await client.response(to: id)
      #expect(response["payload"]?["status"] == "aborted")
      let history = try await client.call("chat.history", ["sessionKey": "agent:busy:ws:main"])
      #expect(history["messages"]?.arrayValue?.isEmpty == false)
    }
    await models.stop()
  }
}
