/// How the gateway listens, and what it bears.
public struct ServerConfiguration: Sendable {
  /// An address or a name to bind; `127.0.0.1` by default.
  public var host: String
  /// 0 lets the system choose one.
  public var port: Int
  /// The product's version, as told to clients.
  public var version: String
  public var token: GatewayToken
  /// Under what people reach the gateway, such as `https://claw.example.com`; nil means loopback alone.
  public var publicURL: String?
  /// Origins of web pages that may use the gateway beside its own; `*` allows all.
  public var allowedOrigins: [String]
  /// Whose word on the address of a client is believed.
  public var trustedProxies: TrustedProxies
  public var limits: ServerLimits
  /// How many connections there may be.
  public var sockets: SocketLimits
  public var timing: ServerTiming

  public init(
    host: String = "127.0.0.1", port: Int = 18790, version: String, token: GatewayToken, publicURL: String? = nil,
    allowedOrigins: [String] = [], trustedProxies: TrustedProxies = .none, limits: ServerLimits = ServerLimits(),
    sockets: SocketLimits = SocketLimits(), timing: ServerTiming = ServerTiming()
  ) {
    self.host = host
    self.port = port
    self.version = version
    self.token = token
    self.publicURL = publicURL
    self.allowedOrigins = allowedOrigins
    self.trustedProxies = trustedProxies
    self.limits = limits
    self.sockets = sockets
    self.timing = timing
  }
}

/// Bounds, in bytes unless the name says otherwise.
public struct ServerLimits: Sendable {
  /// Largest message on a connection that has authenticated.
  public var maxFrameBytes = 512 * 1024
  /// Largest message before that.
  public var preAuthFrameBytes = 64 * 1024
  /// What may wait for a slow reader.
  public var maxQueueBytes = 1024 * 1024
  /// Largest body of an HTTP request.
  public var maxBodyBytes = 1024 * 1024
  /// Largest body of a request that may hold images or files.
  public var maxLargeBodyBytes = 20 * 1024 * 1024
  /// What all bodies that arrive at the same time may take together. The first 64 KiB of each are not counted.
  public var maxBodyBytesInFlight = 128 * 1024 * 1024
  /// Largest text of `chat.send`, in bytes of UTF-8.
  public var maxMessageBytes = 256 * 1024
  /// Requests of one connection that are worked on at once; with more, reading waits.
  public var maxConcurrentCalls = 64
  /// `chat.send`s of one connection that wait for the end of their run; more are refused.
  public var maxWaitingRuns = 256
  /// Frames that are no requests, within ``ServerTiming/badFrameWindow``, before the connection is closed.
  public var badFrameLimit = 20
  /// Wrong credentials from one address within ``ServerTiming/authFailureWindow`` that cost nothing.
  public var authFailureLimit = 10
  /// The same from all addresses together.
  public var authFailureTotal = 100

  public init() {}
}

/// Times, each positive.
public struct ServerTiming: Sendable {
  /// From the upgrade to a successful `connect`.
  public var connectTimeout = Duration.seconds(10)
  public var pingInterval = Duration.seconds(30)
  /// Without a byte from the peer.
  public var idleTimeout = Duration.seconds(60)
  /// For the closing handshake, and for the last responses at the end.
  public var closeTimeout = Duration.seconds(5)
  /// For the closing handshake of a connection that is put out (1008); after it the socket is dropped.
  public var expulsionTimeout = Duration.milliseconds(500)
  public var badFrameWindow = Duration.seconds(10)
  public var authFailureWindow = Duration.seconds(60)
  /// How long the first wrong credential over the limit waits for its answer; each further one waits twice as long …
  public var authDelay = Duration.milliseconds(500)
  /// … up to this.
  public var authDelayCap = Duration.seconds(5)
  /// Between two looks whether the credentials of open connections still hold.
  public var credentialRecheck = Duration.seconds(2)
  /// Silence on a streamed answer after which a comment is sent.
  public var sseKeepAlive = Duration.seconds(10)
  /// How long the head of a streamed answer is held back, so that a failure before the first text has a status.
  public var streamHeadDelay = Duration.seconds(1)
  /// For reading the body of a request.
  public var bodyTimeout = Duration.seconds(30)
  /// What a planned restart is said to take.
  public var restartExpected = Duration.seconds(5)

  public init() {}
}
