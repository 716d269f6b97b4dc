import NIOCore
import NIOPosix

/// One HTTP exchange at the byte level, for invalid requests.
public enum RawHTTP {
  public struct Answer: Sendable {
    public let status: Int
    /// Names in lower case.
    public let headers: [String: String]
    /// Not decoded; chunks are not joined.
    public let body: String
  }

  public struct NoAnswer: Error {}

  /// Sends bytes and reads until the server closes, or until a complete response with `Content-Length` has arrived.
  public static func send(port: Int, _ request: String) async throws -> Answer {
    try await send(port: port, bytes: Array(request.utf8))
  }

  /// The same with bytes that need not be text.
  public static func send(port: Int, bytes: [UInt8]) async throws -> Answer {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(bytes: bytes))
      var text = ""
      do {
        for try await part in inbound {
          text += String(buffer: part)
          if let answer = parse(text), let length = answer.headers["content-length"].flatMap({ Int($0) }),
            answer.body.utf8.count >= length
          {
            return answer
          }
        }
      } catch {
        // A reset after the response counts as its end.
        guard parse(text) != nil else { throw error }
      }
      guard let answer = parse(text) else { throw NoAnswer() }
      return answer
    }
  }

  private static func parse(_ text: String) -> Answer? {
    guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
    let lines = text[..<end.lowerBound].split(separator: "\r\n")
    guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
    }
    return Answer(status: status, headers: headers, body: String(text[end.upperBound...]))
  }
}
