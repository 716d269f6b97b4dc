import ClawJSON
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A server that speaks `/v1/chat/completions`, `/v1/messages` and `/v1/models`, in this process, on a port of its
/// own. It answers what it is told to (by default it echoes), misbehaves on request, and refuses each request that a
/// strict vendor would refuse.
public final class FakeModelServer: Sendable {
  public typealias Responder = @Sendable (FakeRequest) -> FakeReply

  struct State: Sendable {
    var queue: [FakeReply] = []
    var responder: Responder?
    var models = ["fake-small", "fake-large"]
    var modelsReply: FakeReply?
    var acceptedKeys: Set<String>?
    var isStrict = true
    var requests: [FakeRequest] = []
    /// Requests for answers so far, those no longer kept included.
    var asked = 0
    var violations: [String] = []
    /// Requests whose connection the client closed before the answer had ended.
    var abandoned: Set<Int> = []
    var openConnections = 0
    var connections = 0
    var nextID = 1
  }

  /// The most requests kept; the older half goes when there are more.
  public static let keptRequests = 4096

  private let board: FakeBoard<State>
  private let channel: any Channel
  public let port: Int

  private init(board: FakeBoard<State>, channel: any Channel, port: Int) {
    self.board = board
    self.channel = channel
    self.port = port
  }

  /// Starts listening on the loopback address; port 0 takes a free one.
  /// - Parameter tls: The files of a certificate and its key, to speak TLS with.
  public static func start(
    port: Int = 0, tls: (certificate: String, key: String)? = nil, responder: Responder? = nil
  ) async throws -> FakeModelServer {
    let board = FakeBoard(State(responder: responder))
    let context = try tls.map { files in
      try NIOSSLContext(
        configuration: .makeServerConfiguration(
          certificateChain: try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
          privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem))))
    }
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let context { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false)
          try channel.pipeline.syncOperations.addHandler(FakeConnection(board: board))
        }
      }
      .bind(host: "127.0.0.1", port: port).get()
    return FakeModelServer(board: board, channel: channel, port: channel.localAddress?.port ?? port)
  }

  /// Stops listening. Connections that are open stay so until their clients close them.
  public func stop() async {
    try? await channel.close().get()
  }

  /// The base URL for both dialects.
  public var url: String { "http://127.0.0.1:\(port)/v1" }

  /// Answers for the next requests (not those for the list of models), in order; they go before the responder.
  public func enqueue(_ replies: FakeReply...) { board.update { $0.queue += replies } }
  /// Answers whatever is not enqueued; nil brings the echo back.
  public func respond(_ responder: Responder?) { board.update { $0.responder = responder } }
  /// The ids that `/v1/models` lists.
  public func list(_ models: [String]) { board.update { $0.models = models } }
  /// What `/v1/models` does instead of listing; nil brings the list back.
  public func listReply(_ reply: FakeReply?) { board.update { $0.modelsReply = reply } }
  /// From now on any other key is answered 401.
  public func accept(keys: Set<String>?) { board.update { $0.acceptedKeys = keys } }
  /// Whether requests are validated; they are unless this is set to false.
  public func beStrict(_ isStrict: Bool) { board.update { $0.isStrict = isStrict } }

  /// Requests for answers (not for the list of models) so far.
  public var requests: [FakeRequest] { board.value.requests.filter { !$0.path.hasSuffix("/models") } }
  /// Requests for the list of models so far.
  public var listRequests: [FakeRequest] { board.value.requests.filter { $0.path.hasSuffix("/models") } }
  /// What was wrong with requests, each with the number of the request in front.
  public var violations: [String] { board.value.violations }
  public var openConnections: Int { board.value.openConnections }
  /// Connections accepted so far.
  public var connections: Int { board.value.connections }

  /// Returns once so many requests for answers have come.
  public func received(_ count: Int) async {
    await board.wait { $0.asked >= count }
  }

  /// Returns once the list of models has been asked for so often.
  public func listed(_ count: Int) async {
    await board.wait { state in state.requests.count { $0.path.hasSuffix("/models") } >= count }
  }

  /// Returns once the client has closed the connection of a request that was not answered to the end.
  public func clientClosed(_ request: FakeRequest) async {
    await board.wait { $0.abandoned.contains(request.id) }
  }

  /// Returns once no connection is open.
  public func idle() async {
    await board.wait { $0.openConnections == 0 }
  }
}

extension FakeModelServer.State {
  /// Takes a request in and decides what to answer.
  mutating func answer(method: String, path: String, headers: [String: String], bytes: [UInt8]) -> (
    request: FakeRequest, reply: FakeReply
  ) {
    let request = FakeRequest(id: nextID, method: method, path: path, headers: headers, bytes: bytes)
    nextID += 1
    requests.append(request)
    if requests.count > FakeModelServer.keptRequests { requests.removeFirst(FakeModelServer.keptRequests / 2) }
    if !path.hasSuffix("/models") { asked += 1 }
    if let refusal = refusal(request) { return (request, refusal) }
    if path.hasSuffix("/models") { return (request, modelsReply ?? modelList()) }
    if !queue.isEmpty { return (request, queue.removeFirst()) }
    return (request, responder?(request) ?? .text("echo: \(request.lastUserText)"))
  }

  private mutating func refusal(_ request: FakeRequest) -> FakeReply? {
    let known = ["/chat/completions", "/messages", "/models"].contains { request.path == "/v1\($0)" }
    guard known else { return .status(404, body: #"{"error":{"message":"no such path"}}"#) }
    if let acceptedKeys {
      let sent = request.headers["x-api-key"] ?? request.headers["authorization"]?.replacing("Bearer ", with: "")
      guard let sent, acceptedKeys.contains(sent) else {
        return .status(
          401, body: #"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error"}}"#)
      }
    }
    guard isStrict else { return nil }
    let found = FakeValidation.violations(of: request)
    guard let first = found.first else { return nil }
    violations += found.map { "request \(request.id): \($0)" }
    let error: JSONValue = ["error": ["message": .string(first), "type": "invalid_request_error"]]
    return .status(400, body: error.serializedString())
  }

  private func modelList() -> FakeReply {
    let items = models.map { id -> JSONValue in ["id": .string(id), "object": "model"] }
    let body: JSONValue = ["object": "list", "data": .array(items)]
    return .status(200, body: body.serializedString())
  }
}
