import ClawJSON
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A server for `/v1/chat/completions`, `/v1/messages` and `/v1/models`, in this process, on a port of its own. It
/// answers as told (by default it echoes), misbehaves on request, and rejects each request that a strict vendor would
/// reject.
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
    /// Number of requests for answers, including those no longer kept.
    var asked = 0
    var violations: [String] = []
    /// Requests whose connection the client closed before the answer ended.
    var abandoned: Set<Int> = []
    var openConnections = 0
    var connections = 0
    var nextID = 1
  }

  /// Most requests kept; beyond it the older half is dropped.
  public static let keptRequests = 4096

  private let board: FakeBoard<State>
  private let channel: any Channel
  public let port: Int

  private init(board: FakeBoard<State>, channel: any Channel, port: Int) {
    self.board = board
    self.channel = channel
    self.port = port
  }

  /// Starts listening on the loopback address; port 0 selects a free one.
  /// - Parameter tls: The certificate and key files for TLS.
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

  /// Stops listening. Open connections stay open until their clients close them.
  public func stop() async {
    try? await channel.close().get()
  }

  /// The base URL for both dialects.
  public var url: String { "http://127.0.0.1:\(port)/v1" }

  /// Answers for the next requests (except those for the list of models), in order; they precede the responder.
  public func enqueue(_ replies: FakeReply...) { board.update { $0.queue += replies } }
  /// Answers requests without an enqueued reply; nil restores the echo.
  public func respond(_ responder: Responder?) { board.update { $0.responder = responder } }
  /// The ids in `/v1/models`.
  public func list(_ models: [String]) { board.update { $0.models = models } }
  /// Replaces the response of `/v1/models`; nil restores the list.
  public func listReply(_ reply: FakeReply?) { board.update { $0.modelsReply = reply } }
  /// From now on other keys get 401.
  public func accept(keys: Set<String>?) { board.update { $0.acceptedKeys = keys } }
  /// Whether requests are validated; on by default.
  public func beStrict(_ isStrict: Bool) { board.update { $0.isStrict = isStrict } }

  /// Requests for answers (not for the list of models) so far.
  public var requests: [FakeRequest] { board.value.requests.filter { !$0.path.hasSuffix("/models") } }
  /// Requests for the list of models so far.
  public var listRequests: [FakeRequest] { board.value.requests.filter { $0.path.hasSuffix("/models") } }
  /// Violations in requests, each prefixed with the request's number.
  public var violations: [String] { board.value.violations }
  public var openConnections: Int { board.value.openConnections }
  /// Connections accepted so far.
  public var connections: Int { board.value.connections }

  /// Returns once this many requests for answers have arrived.
  public func received(_ count: Int) async {
    await board.wait { $0.asked >= count }
  }

  /// Returns once the list of models was requested this often.
  public func listed(_ count: Int) async {
    await board.wait { state in state.requests.count { $0.path.hasSuffix("/models") } >= count }
  }

  /// Returns once the client has closed the connection of a request before its answer ended.
  public func clientClosed(_ request: FakeRequest) async {
    await board.wait { $0.abandoned.contains(request.id) }
  }

  /// Returns once no connection is open.
  public func idle() async {
    await board.wait { $0.openConnections == 0 }
  }
}

extension FakeModelServer.State {
  /// Receives a request and selects the answer.
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
