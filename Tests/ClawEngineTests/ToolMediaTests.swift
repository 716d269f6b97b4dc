import ClawCore
import ClawStore
import Testing

@testable import ClawEngine

@Suite("Images and files of tools", .timeLimit(.minutes(10)))
struct ToolMediaTests {
  /// Calls the tool `camera` once, and answers.
  private static func models() -> FakeModels {
    FakeModels { request in
      guard request.exchanges.last?.rounds.isEmpty == true else {
        return ModelReply(text: "seen", model: FakeModels.reference)
      }
      return ModelReply(
        text: "", calls: [ToolCall(id: "c1", name: "camera", arguments: [:])], model: FakeModels.reference)
    }
  }

  private static func camera(_ count: Int = 1, text: String = "click") -> FakeTool {
    FakeTool("camera") { _, context in
      var parts: [ContentPart] = [.text(text)]
      for number in 0..<count {
        parts.append(.media(try await context.media.store([UInt8(number), 42], type: "image/png")))
      }
      return ToolResult(parts: parts)
    }
  }

  @Test("an image is kept with its result, shown to the model, and gone with the session")
  func kept() async throws {
    let (directory, models) = (try TestDirectory(), Self.models())
    try await withEngine(models, tools: [Self.camera()], in: directory) { harness in
      let outcome = try await harness.ask("take a picture")
      #expect(outcome.content == "seen")
      let results = try await harness.history().compactMap { row -> ToolResult? in
        if case .tool(_, let result) = row.body { result } else { nil }
      }
      let part = try #require(results.first?.parts.compactMap(\.media).first)
      #expect(results.first?.content == "click" && part.kind == .image && part.size == 2)
      #expect(try await harness.engine.media.open(part.id, as: ann).next() == [0, 42])
      await #expect(throws: ClawError.self) { _ = try await harness.engine.media.open(part.id, as: bob) }
      let request = try #require(models.calls.all.last?.request)
      #expect(request.exchanges.last?.rounds.last?.calls.first?.result.parts == [.text("click"), .media(part)])
      #expect(try await request.media.base64(of: part) == "ACo=")
      let row = try await harness.store.tenant(.standard).read { try $0.media.media(part.id) }
      #expect(row?.user == ann.user)
      let preview = try await harness.log().compactMap { event -> String? in
        if case .toolResult(_, _, _, let preview, _) = event.body { preview } else { nil }
      }
      #expect(preview == ["click\n[image: image/png, 2 bytes]"])
      try await harness.engine.delete(Harness.key("main"), user: nil, as: ann)
      await harness.engine.removalWorker.removeAll()
      #expect(try await harness.store.tenant(.standard).read { try $0.media.media(part.id) } == nil)
    }
  }

  @Test("a result holds so many images and no more, and says so")
  func bounded() async throws {
    try await withEngine(Self.models(), tools: [Self.camera(4)], configure: { $0.media.maxParts = 2 }) { harness in
      _ = try await harness.ask("take pictures")
      let parts = try await harness.history().flatMap { row -> [ContentPart] in
        if case .tool(_, let result) = row.body { result.parts } else { [] }
      }
      #expect(parts.compactMap(\.media).count == 2)
      #expect(parts.contains(.text("[4 images and files in all, the first 2 are shown]")))
    }
  }

  @Test("more bytes than media may have are an error of the tool, which the model reads")
  func tooLarge() async throws {
    try await withEngine(Self.models(), tools: [Self.camera()], configure: { $0.media.maxBytes = 1 }) { harness in
      #expect(try await harness.ask("take a picture").content == "seen")
      let results = try await harness.history().compactMap { row -> ToolResult? in
        if case .tool(_, let result) = row.body { result } else { nil }
      }
      #expect(results.count == 1 && results[0].isError && results[0].content.contains("at most 1 bytes"))
    }
  }
}
