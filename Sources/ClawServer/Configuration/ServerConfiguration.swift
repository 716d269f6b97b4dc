/// Where the gateway listens, and its limits.
public struct ServerConfiguration: Sendable {
  /// The address or name to bind; `127.0.0.1` by default.
  public var host: String
  /// 0 lets the system choose one.
  public var port: Int
  /// The product version reported to clients.
  public var version: String
  public var token: GatewayToken
  /// The URL under which users reach the gateway, such as `https://claw.example.com`; nil means loopback only.
  public var publicURL: String?
  /// Other origins of web pages that may use the gateway; `*` allows all.
  public var allowedOrigins: [String]
  /// Proxies whose `X-Forwarded-For` is trusted.
  public var trustedProxies: TrustedProxies
  public var limits: ServerLimits
  /// Limits on connections.
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

/// Limits, in bytes unless the name says otherwise.
public struct ServerLimits: Sendable {
  /// Largest message on an authenticated connection.
  public var maxFrameBytes = 512 * 1024
  /// Largest message before authentication.
  public var preAuthFrameBytes = 64 * 1024
  /// Outbound queue of a connection.
  public var maxQueueBytes = 1024 * 1024
  /// Largest HTTP request body.
  public var maxBodyBytes = 1024 * 1024
  /// Largest HTTP request body that may contain images or files.
  public var maxLargeBodyBytes = 20 * 1024 * 1024
  /// Total size of concurrently received bodies. The first 64 KiB of each are not counted.
  public var maxBodyBytesInFlight = 128 * 1024 * 1024
  /// Largest text of `chat.send`, in bytes of UTF-8.
  public var maxMessageBytes = 256 * 1024
  /// Concurrent requests of one connection; beyond it, reading pauses.
  public var maxConcurrentCalls = 64
  /// `chat.send`s of one connection waiting for the end of their run; more are rejected.
  public var maxWaitingRuns = 256
  /// Invalid frames within ``ServerTiming/badFrameWindow`` before the connection is closed.
  public var badFrameLimit = 20
  /// Failed authentications from one address within ``ServerTiming/authFailureWindow`` without a penalty.
  public var authFailureLimit = 10
  /// The same from all addresses together.
  public var authFailureTotal = 100

  public init() {}
}

/// Durations, each positive.
public struct ServerTiming: Sendable {
  /// From the upgrade to a successful `connect`.
  public var connectTimeout = Duration.seconds(10)
  public var pingInterval = Duration.seconds(30)
  /// Time without a byte from the peer.
  public var idleTimeout = Duration.seconds(60)
  /// For the closing handshake, and for the last responses at shutdown.
  public var closeTimeout = Duration.seconds(5)
  /// For the closing handshake of a connection that is expelled (1008); after it the socket is closed.
  public var expulsionTimeout = Duration.milliseconds(500)
  public var badFrameWindow = Duration.seconds(10)
  public var authFailureWindow = Duration.seconds(60)
  /// Delay of the answer to the first failed authentication over the limit; doubles with each further one …
  public var authDelay = Duration.milliseconds(500)
  /// … up to this.
  public var authDelayCap = Duration.seconds(5)
  /// Interval at which credentials of open connections are rechecked.
  public var credentialRecheck = Duration.seconds(2)
  /// Idle time of a streamed response after which a comment is sent.
  public var sseKeepAlive = Duration.seconds(10)
  /// How long the head of a streamed response is held back, so that a failure before the first text gets an error
  /// status.
  public var streamHeadDelay = Duration.seconds(1)
  /// Timeout of reading a request body.
  public var bodyTimeout = Duration.seconds(30)
  /// Announced duration of a planned restart.
  public var restartExpected = Duration.seconds(5)

  public init() {}
}
