import ClawCore
import ClawJSON
import Testing

@testable import ClawModels

@Suite("Media in requests")
struct MediaRequestTests {
  private static func part(_ type: String = "image/png", size: Int = 3) -> MediaPart {
    MediaPart(id: MediaID(unchecked: "m1"), digest: "00", type: type, size: size)
  }

  private static let source = MediaSource { $0.size > 0 ? "AAAA" : nil }

  private static func request(_ parts: [ContentPart]) -> ModelRequest {
    ModelRequest(system: "", exchanges: [Exchange(input: [UserMessage(parts: parts)])], media: source)
  }

  private static func withResult(_ parts: [ContentPart], then text: String? = nil) -> ModelRequest {
    let call = ToolCall(id: "c1", name: "camera", arguments: [:])
    let round = Round(text: "", calls: [CompletedCall(call: call, result: ToolResult(parts: parts))])
    var entries: [Entry] = [.user(UserMessage("look")), .round(round)]
    if let text { entries.append(.user(UserMessage(text))) }
    return ModelRequest(system: "", exchanges: [Exchange(entries)], media: source)
  }

  private static func openAI(_ request: ModelRequest, vendor: String, model: String = "gpt-4o") async throws
    -> [JSONValue]
  {
    let body = OpenAIRequest(
      origin: ModelReference(provider: vendor, model: model), quirks: ModelQuirks(vendor: vendor, model: model),
      request: try await request.withMediaInline()
    ).body()
    return body["messages"]?.arrayValue ?? []
  }

  private static let imageURL: JSONValue = ["type": "image_url", "image_url": ["url": "data:image/png;base64,AAAA"]]

  @Test("an image that is kept goes out as one that came in; what is no image, or is gone, is named")
  func inline() async throws {
    let parts: [ContentPart] = [
      .text("see"), .media(Self.part()), .media(Self.part("application/pdf")), .media(Self.part(size: 0)),
    ]
    let request = try await Self.request(parts).withMediaInline()
    #expect(
      request.exchanges[0].input[0].parts == [
        .text("see"), .image(url: "data:image/png;base64,AAAA"), .text("[file: application/pdf, 3 bytes]"),
        .text("[image: image/png, 0 bytes]"),
      ])
  }

  @Test("of more bytes than a request may have, the newest images are shown and the older ones named")
  func bounded() async throws {
    var request = Self.request([.media(Self.part(size: 30 << 20))])
    request.exchanges.append(Exchange(input: [UserMessage(parts: [.media(Self.part(size: 30 << 20))])]))
    let shown = try await request.withMediaInline().exchanges.map { $0.input[0].parts[0].text }
    #expect(shown == ["[image: image/png, 31457280 bytes]", nil])
  }

  @Test("an image of a tool: in the result for Anthropic")
  func anthropic() async throws {
    let request = try await Self.withResult([.text("click"), .media(Self.part())]).withMediaInline()
    let body = AnthropicRequest(
      origin: Bench.claude, quirks: ModelQuirks(vendor: "anthropic", model: Bench.claude.model), request: request,
      thinkingBudget: 8192
    ).body()
    let result = body["messages"]?[2]?["content"]?[0]
    #expect(
      result?["content"] == [
        ["type": "text", "text": "click"],
        ["type": "image", "source": ["type": "base64", "media_type": "image/png", "data": "AAAA"]],
      ])
    let bare = try await Self.withResult([.media(Self.part())]).withMediaInline()
    let other = AnthropicRequest(
      origin: Bench.claude, quirks: ModelQuirks(vendor: "anthropic", model: Bench.claude.model), request: bare,
      thinkingBudget: 8192
    ).body()
    #expect(other["messages"]?[2]?["content"]?[0]?["content"]?.arrayValue?.map { $0["type"] } == ["image"])
  }

  @Test("an image of a tool: shown by the user behind the result, where results are text alone")
  func openAI() async throws {
    let alone = try await Self.openAI(Self.withResult([.text("click"), .media(Self.part())]), vendor: "openai")
    #expect(alone.compactMap { $0["role"]?.stringValue } == ["user", "assistant", "tool", "user"])
    #expect(alone[2]["content"] == "click")
    #expect(
      alone[3]["content"] == [["type": "text", "text": "Images from the results above:"], Self.imageURL])
    // The user's next message is merged with it.
    let followed = try await Self.openAI(
      Self.withResult([.media(Self.part())], then: "well?"), vendor: "openai")
    #expect(followed.compactMap { $0["role"]?.stringValue } == ["user", "assistant", "tool", "user"])
    #expect(followed[2]["content"] == "(no output)")
    #expect(followed[3]["content"]?.arrayValue?.last == ["type": "text", "text": "well?"])
    #expect(followed[3]["content"]?.arrayValue?.contains(Self.imageURL) == true)
    // For vendors that don't allow a user message right after a tool message.
    let mistral = try await Self.openAI(
      Self.withResult([.media(Self.part())]), vendor: "mistral", model: "mistral-large-latest")
    #expect(mistral.compactMap { $0["role"]?.stringValue } == ["user", "assistant", "tool", "assistant", "user"])
  }

  @Test("a model that can't see is told what there was")
  func blind() async throws {
    let messages = try await Self.openAI(
      Self.withResult([.text("click"), .media(Self.part())]), vendor: "deepseek", model: "deepseek-chat")
    #expect(messages.compactMap { $0["role"]?.stringValue } == ["user", "assistant", "tool"])
    #expect(messages[2]["content"] == "click\n[a picture was left out: this model can't see]")
  }
}
