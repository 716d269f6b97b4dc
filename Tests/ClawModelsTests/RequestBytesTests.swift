import ClawCore
import ClawJSON
import Testing

@testable import ClawModels

@Suite("What stays the same from request to request")
struct RequestBytesTests {
  static let origin = ModelReference(provider: "openai", model: "gpt-4o")

  static func bytes(_ request: ModelRequest, vendor: String = "openai") -> [UInt8] {
    let quirks = ModelQuirks(vendor: vendor, model: "m")
    return OpenAIRequest(origin: origin, quirks: quirks, request: request).body().serialized()
  }

  static let long: ModelRequest = {
    var request = ModelRequest.hello
    request.tools = [.weather]
    request.exchanges =
      (0..<20).map { .weather("Question \($0)", id: "call:\($0)") } + [Exchange(input: [UserMessage("now")])]
    return request
  }()

  @Test("L20: the same request gives the same bytes, however often it is built")
  func stable() {
    let first = Self.bytes(Self.long)
    for _ in 0..<20 {
      // New dictionaries have new hash seeds only per process; the insertion order is varied instead.
      var copy = Self.long
      copy.tools = copy.tools.map { tool in
        let members = (tool.parameters.objectValue ?? [:]).shuffled()
        var object: JSONObject = [:]
        object.reserveCapacity(Int.random(in: 1...64))
        for (key, value) in members { object[key] = value }
        return ToolSpec(name: tool.name, summary: tool.summary, parameters: .object(object))
      }
      #expect(Self.bytes(copy) == first)
    }
  }

  @Test(
    "L20: the messages of a longer conversation begin with those of the shorter one",
    arguments: [
      "openai", "mistral", "anthropic", "gemini",
    ])
  func prefix(vendor: String) {
    func messages(_ count: Int) -> [JSONValue] {
      var request = Self.long
      request.exchanges = Array(request.exchanges.prefix(count))
      let quirks = ModelQuirks(vendor: vendor, model: "m")
      if vendor == "anthropic" {
        let body = AnthropicRequest(origin: Self.origin, quirks: quirks, request: request, thinkingBudget: 0).body()
        return (body["messages"]?.arrayValue ?? []).map(Self.withoutMarks)
      }
      return OpenAIRequest(origin: Self.origin, quirks: quirks, request: request).body()["messages"]?.arrayValue ?? []
    }
    let whole = messages(21)
    for count in 1...20 {
      // Without the placeholder that ends a conversation after an assistant message.
      let shorter = messages(count).dropLast()
      #expect(whole.prefix(shorter.count).elementsEqual(shorter))
      #expect(shorter.count > count)
    }
  }

  static func withoutMarks(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let items): .array(items.map(withoutMarks))
    case .object(let members): .object(members.filter { $0.key != "cache_control" }.mapValues(withoutMarks))
    default: value
    }
  }

  @Test(
    "L17: ids that a vendor does not take are replaced, each by the same one every time",
    arguments: [
      CallIDStyle.nineAlphanumerics, .upTo(40), .upTo(64),
    ])
  func callIDs(style: CallIDStyle) {
    let given = ["call_1", "a b", "", "x:y", "aB3dE6gH9", String(repeating: "z", count: 65), "ä"]
    var first = CallIdentifiers(style)
    let wire = given.map { first.wire($0) }
    #expect(wire.allSatisfy(style.accepts))
    #expect(Set(wire).count == given.count)
    var second = CallIdentifiers(style)
    #expect(given.reversed().map { second.wire($0) } == wire.reversed())
    #expect(given.indices.allSatisfy { !style.accepts(given[$0]) || wire[$0] == given[$0] })
  }

  @Test("L17: an id that was made for one call is not given to another")
  func collision() {
    var ids = CallIdentifiers(.nineAlphanumerics)
    let made = ids.wire("call_1")
    var other = CallIdentifiers(.nineAlphanumerics)
    #expect(other.wire(made) == made)
    #expect(other.wire("call_1") != made)
  }

  @Test("L18: what one model keeps to itself is dropped for every other model", arguments: ProviderPreset.all)
  func privateParts(preset: ProviderPreset) {
    let provider = ProviderConfiguration(preset: preset)
    let own = GoldenRequestTests.body(provider, "some-model").serializedString()
    var request = GoldenRequestTests.request(
      for: ModelReference(provider: preset.name, model: "another-model"),
      payload: ["type": "reasoning", "text": "secret"])
    for type in ["reasoning_details", "thinking", "call_extra"] {
      let payload: JSONValue = [
        "type": .string(type), "details": ["secret"], "thinking": "secret", "signature": "s", "id": "call_1.odd",
        "extra_content": "secret",
      ]
      request.exchanges.insert(
        .weather(by: ModelReference(provider: "elsewhere", model: "some-model"), payload: payload), at: 0)
    }
    let origin = ModelReference(provider: preset.name, model: "some-model")
    let quirks = ModelQuirks(vendor: preset.name, model: "some-model")
    let body =
      preset.dialect == .anthropic
      ? AnthropicRequest(origin: origin, quirks: quirks, request: request, thinkingBudget: 4096).body()
      : OpenAIRequest(origin: origin, quirks: quirks, request: request).body()
    #expect(!body.serializedString().contains("secret"))
    #expect(own != body.serializedString())
  }

  @Test("a signature that hangs on a call goes back on that call; where there is none, Gemini 3 gets the stand-in")
  func callExtras() {
    let gemini = ModelReference(provider: "gemini", model: "gemini-3-pro")
    let quirks = ModelQuirks(vendor: "gemini", model: gemini.model)
    func call(_ by: ModelReference?) -> JSONValue? {
      let payload: JSONValue = [
        "type": "call_extra", "id": "call_1", "extra_content": ["google": ["thought_signature": "abc"]],
      ]
      var request = ModelRequest.hello
      request.exchanges = [.weather(by: by, payload: payload, answer: nil)]
      let body = OpenAIRequest(origin: gemini, quirks: quirks, request: request).body()
      return body["messages"]?[2]?["tool_calls"]?[0]?["extra_content"]?["google"]?["thought_signature"]
    }
    #expect(call(gemini) == "abc")
    #expect(call(Self.origin) == "skip_thought_signature_validator")
    #expect(call(nil) == "skip_thought_signature_validator")
  }

  @Test("keywords are stripped from schemas, properties of the same name are not")
  func schemas() {
    let stripped = ToolSchema.object(
      ToolSpec.weather.parameters, without: ["default", "examples", "additionalProperties", "$schema"])
    #expect(
      stripped == [
        "type": "object", "required": ["place"],
        "properties": [
          "place": ["type": "string"], "default": ["type": "string", "enum": ["metric", "imperial"]],
        ],
      ])
    #expect(ToolSchema.object(.null, without: []) == ["type": "object", "properties": [:]])
  }
}
