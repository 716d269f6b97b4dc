import ClawJSON
import NIOCore
import Testing

@testable import ClawServer

@Suite("Room for request bodies", .timeLimit(.minutes(10)))
struct RequestMemoryTests {
  private static func photo(_ count: Int) -> JSONValue {
    let url = "data:image/png;base64," + String(repeating: "A", count: count)
    return [
      "messages": [
        [
          "role": "user",
          "content": [
            ["type": "text", "text": "what is this?"], ["type": "image_url", "image_url": ["url": .string(url)]],
          ],
        ]
      ]
    ]
  }

  @Test("A share takes of the room what is above its free bytes, and gives it back once")
  func shares() {
    let room = RequestMemory(size: 1000)
    let share = BodyShare(of: room)
    #expect(share.grow(by: BodyShare.free) && room.bytesInUse == 0)
    #expect(share.grow(by: 600) && room.bytesInUse == 600)
    let other = BodyShare(of: room)
    #expect(!other.grow(by: BodyShare.free + 500) && room.bytesInUse == 600)
    share.giveBack()
    share.giveBack()
    #expect(room.bytesInUse == 0)
    #expect(BodyShare(of: room).grow(by: BodyShare.free + 1000))
    // The share was released.
    #expect(room.bytesInUse == 0)
  }

  @Test("A chat takes a photo of some megabytes, but not as much text")
  func photos() async throws {
    try await TestGateway.run { gateway in
      let photo = try await gateway.complete(Self.photo(5_000_000))
      #expect(photo.status == 200)
      #expect(gateway.chat.inbounds.first?.message.parts.count == 2)
      let text: JSONValue = [
        "messages": [["role": "user", "content": .string(String(repeating: "x", count: 1 << 20))]]
      ]
      let tooLong = try await gateway.complete(text)
      #expect(tooLong.status == 413 && tooLong.json["error"]?["type"] == "invalid_request_error")
      let blank = try await gateway.http(
        "POST", "/v1/chat/completions", body: .bytes(ByteBuffer(repeating: 32, count: 1 << 20 + 1)))
      #expect(blank.status == 413)
    }
  }

  @Test("Without room a large body is 503 before anything is accepted; a small one passes, and so does the next")
  func noRoom() async throws {
    try await TestGateway.run(.with { $0.limits.maxBodyBytesInFlight = 200_000 }) { gateway in
      let large = try await gateway.complete(Self.photo(600_000))
      #expect(large.status == 503 && large.header("retry-after") == "1")
      #expect(gateway.chat.inbounds.isEmpty)
      for size in [10, 200_000, 200_000, 200_000] {
        #expect(try await gateway.complete(Self.photo(size)).status == 200)
      }
    }
  }

  @Test("A body is let go of as soon as its run is accepted")
  func released() async throws {
    let (gates, gate) = AsyncStream.makeStream(of: Void.self)
    try await TestGateway.run(.with { $0.limits.maxBodyBytesInFlight = 200_000 }) { gateway in
      let (accepted, accept) = AsyncStream.makeStream(of: Void.self)
      gateway.chat.set { chat in
        chat.onOutcome = { run in
          accept.yield()
          for await _ in gates { break }
          return .completed(run, "x")
        }
      }
      async let first = gateway.complete(Self.photo(200_000))
      for await _ in accepted { break }
      async let second = gateway.complete(Self.photo(200_000))
      for await _ in accepted { break }
      gate.finish()
      let statuses = try await [first.status, second.status]
      #expect(statuses == [200, 200])
    }
  }
}
