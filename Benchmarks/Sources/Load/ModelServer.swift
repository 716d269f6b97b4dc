import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A minimal model server: it ignores requests, and its answers are prepared.
final class ModelServer: Sendable {
  enum Behaviour: Sendable {
    /// The whole answer in one write.
    case atOnce
    /// Pieces of text at an interval; each contains the time of its writing as `@nanoseconds`.
    case paced(pieces: Int, every: TimeAmount)
  }

  /// The text of ``Behaviour/atOnce``.
  static let answer = "The capital of France is Paris, which lies on the river Seine."

  private let channel: any Channel
  private let behaviour = Mutex(Behaviour.atOnce)
  private let received = Mutex((requests: 0, bytes: 0))

  let port: Int

  static func start() async throws -> ModelServer {
    let holder = Mutex<ModelServer?>(nil)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 1024)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let server = holder.withLock({ $0 }) else { throw BenchFailure("the model is not ready") }
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false)
          try channel.pipeline.syncOperations.addHandler(ModelConnection(server: server))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let server = ModelServer(channel: channel)
    holder.withLock { $0 = server }
    return server
  }

  private init(channel: any Channel) {
    self.channel = channel
    port = channel.localAddress?.port ?? 0
  }

  func behave(_ new: Behaviour) { behaviour.withLock { $0 = new } }

  var current: Behaviour { behaviour.withLock { $0 } }

  /// Requests and body bytes since the last call.
  func takeReceived() -> (requests: Int, bytes: Int) {
    received.withLock { received in
      defer { received = (0, 0) }
      return received
    }
  }

  func note(bytes: Int) -> Int {
    received.withLock { received in
      received.requests += 1
      received.bytes += bytes
      return received.requests
    }
  }

  /// Responses for clients other than our gateways, which request whole documents, by path suffix.
  static let documents: [(path: String, body: ByteBuffer)] = [
    ("/health", ByteBuffer(string: "{}")),
    (
      "/models",
      ByteBuffer(
        string: #"{"object":"list","data":[{"id":"bench-model","object":"model","created":1,"owned_by":"bench"}]}"#)
    ),
    (
      "/responses",
      ByteBuffer(
        string: #"{"id":"resp_bench","object":"response","created_at":1,"status":"completed","model":"bench-model","#
          + #""output":[{"id":"msg_bench","type":"message","role":"assistant","status":"completed","content":"#
          + #"[{"type":"output_text","text":"\#(answer)","annotations":[]}]}],"parallel_tool_calls":true,"#
          + #""tool_choice":"auto","tools":[],"store":true,"usage":{"input_tokens":20,"output_tokens":14,"#
          + #""total_tokens":34}}"#)
    ),
  ]

  /// One event of a stream, as vendors write it.
  static func event(content: String) -> String {
    #"data: {"id":"bench","object":"chat.completion.chunk","created":1,"model":"bench-model","choices":[{"index":0,"#
      + #""delta":{"content":"\#(content)"},"finish_reason":null}]}"# + "\n\n"
  }

  /// The end of a stream.
  static let ending =
    #"data: {"id":"bench","object":"chat.completion.chunk","created":1,"model":"bench-model","choices":[{"index":0,"#
    + #""delta":{},"finish_reason":"stop"}]}"# + "\n\n"
    + #"data: {"id":"bench","object":"chat.completion.chunk","created":1,"model":"bench-model","choices":[],"#
    + #""usage":{"prompt_tokens":20,"completion_tokens":14,"total_tokens":34}}"# + "\n\ndata: [DONE]\n\n"

  /// The whole of ``answer``, a word in each event.
  static let wholeStream = ByteBuffer(
    string: answer.split(separator: " ").enumerated().map { index, word in
      event(content: index == 0 ? String(word) : " \(word)")
    }.joined() + ending)
}
