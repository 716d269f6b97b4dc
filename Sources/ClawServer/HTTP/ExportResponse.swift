import ClawCore
import HTTPTypes
import HummingbirdCore
import NIOCore

/// A streaming response of JSON lines, produced at the client's pace.
enum ExportResponse {
  /// Bytes buffered per write.
  private static let chunkBytes = 32 * 1024

  static func make(_ export: @escaping @Sendable (ExportSink) async throws -> Void) -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
      body: ResponseBody { writer in
        let handoff = Handoff<ByteBuffer>()
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            defer { handoff.finish() }
            try await export { await handoff.send(ByteBuffer(string: $0 + "\n")) }
          }
          defer { handoff.finish() }
          var gathered = ByteBuffer()
          while let line = await handoff.next() {
            gathered.writeImmutableBuffer(line)
            guard gathered.readableBytes >= chunkBytes else { continue }
            try await writer.write(gathered)
            gathered = ByteBuffer()
          }
          // A truncated export must not look complete: the error closes the connection.
          try await group.waitForAll()
          try Task.checkCancellation()
          if gathered.readableBytes > 0 { try await writer.write(gathered) }
        }
        try await writer.finish(nil)
      })
  }
}
