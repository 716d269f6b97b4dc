import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("Options of a chat completion and the model that is asked")
struct ModelSupportTests {
  private static let image: JSONValue = [
    "role": "user",
    "content": [
      ["type": "text", "text": "what is this?"],
      ["type": "image_url", "image_url": ["url": "data:image/png;base64,iVBORw0KGgo="]],
    ],
  ]

  @Test("what the model does not honour is 400 with the name of the parameter, and no run begins")
  func refused() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models, dialect: "anthropic") { (gateway) async throws in
      for members: JSONObject in [
        ["seed": 7], ["seed": 7, "stream": true], ["seed": 7, "model": "swiftclaw:default"],
      ] {
        let answer = try await HTTPCaller(gateway).complete(HTTPCaller.body("hello", members))
        #expect(answer.status == 400)
        #expect(answer.json["error"]?["param"] == "seed", "\(answer.text)")
        #expect(answer.json["error"]?["code"] == "unsupported_parameter")
      }
      #expect(models.requests.isEmpty)
      // A neutral value is not an error.
      models.enqueue(.text("well"))
      #expect(try await HTTPCaller(gateway).complete(HTTPCaller.body("hello", ["temperature": 1])).status == 200)
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("an effort reaches a model that can be told one")
  func effort() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(.text("well"))
    try await GatewayHarness.run(models: models, environment: ["SWIFTCLAW_MODEL": "gpt-5-mini"]) {
      (gateway) async throws in
      let answer = try await HTTPCaller(gateway).complete(HTTPCaller.body("hello", ["reasoning_effort": "high"]))
      #expect(answer.status == 200, "\(answer.text)")
      #expect(models.requests.first?.body["reasoning_effort"] == "high")
    }
    await models.stop()
  }

  @Test("an image for a model that sees none is 400 with its place; one that sees is shown it")
  func images() async throws {
    let body: JSONValue = ["messages": [["role": "system", "content": "be short"], Self.image]]
    try await GatewayHarness.run { (gateway) async throws in
      let answer = try await HTTPCaller(gateway).complete(body)
      #expect(answer.status == 400)
      #expect(answer.json["error"]?["param"] == "messages[1].content[1]", "\(answer.text)")
      #expect(answer.json["error"]?["code"] == "unsupported_parameter")
    }
    let models = try await FakeModelServer.start()
    models.enqueue(.text("a picture"))
    try await GatewayHarness.run(models: models) { (gateway) async throws in
      #expect(try await HTTPCaller(gateway).complete(body).status == 200)
      #expect(models.requests.first?.body.serializedString().contains("iVBORw0KGgo=") == true)
    }
    await models.stop()
  }
}
