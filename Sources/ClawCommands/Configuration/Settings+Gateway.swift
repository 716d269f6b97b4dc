/// Settings of the server and its limits.
extension Settings {
  public static let host = Setting(
    "gateway.host", .text, "127.0.0.1", short: "SWIFTCLAW_HOST",
    "Address to listen on. A non-loopback address needs --allow-remote.")
  public static let port = Setting(
    "gateway.port", .integer(0...65_535), 18_790, short: "SWIFTCLAW_PORT", "Port to listen on; 0 takes a free one.")
  public static let publicURL = Setting(
    "gateway.public_url", .webAddress, "",
    "Where browsers reach the gateway, if it is behind a proxy; its origin may open sockets.")
  public static let allowedOrigins = Setting(
    "gateway.allowed_origins", .origins, [],
    "Further origins whose pages may open sockets, with scheme, host and port; * allows every page.")
  public static let trustedProxies = Setting(
    "gateway.trusted_proxies", .networks, [],
    "Addresses and networks of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8.")
  public static let drainTimeout = Setting(
    "gateway.drain_timeout", .duration(atLeast: .zero), .seconds(30),
    "How long runs may go on after the gateway was asked to stop.")
  public static let stopTimeout = Setting(
    "gateway.stop_timeout", .duration(), .seconds(15),
    "How long closing sockets and the store may take after gateway.drain_timeout; then the process exits anyway.")
  public static let startTimeout = Setting(
    "gateway.start_timeout", .duration(), .seconds(300),
    "How long the start may wait for the store, a change of its schema included; then the process ends.")
  public static let connectTimeout = Setting(
    "gateway.connect_timeout", .duration(), .seconds(10),
    "Time a new socket has to authenticate, and a command to connect.")
  public static let pingInterval = Setting(
    "gateway.ping_interval", .duration(), .seconds(30), "How often sockets are pinged.")
  public static let idleTimeout = Setting(
    "gateway.idle_timeout", .duration(), .seconds(60), "Silence, pongs included, after which a socket is closed.")
  public static let maxQueueBytes = Setting(
    "gateway.max_queue_bytes", .integer(16_384...1_073_741_824), 1_048_576,
    "What may wait for one slow reader, in bytes, before its socket is closed.")
  public static let maxFrameBytes = Setting(
    "gateway.max_frame_bytes", .integer(65_536...67_108_864), 524_288, "Largest message a client may send, in bytes.")
  public static let rateLimitPerMinute = Setting(
    "gateway.rate_limit_rpm", .integer(0...1_000_000), 0, "Runs a user may start per minute; 0 sets no limit.")
  public static let rateLimitBurst = Setting(
    "gateway.rate_limit_burst", .integer(1...1_000_000), 5, "Runs a user may start at once under a rate limit.")
  public static let preAuthFrameBytes = Setting(
    "gateway.preauth_frame_bytes", .integer(4096...1_048_576), 65_536,
    "Largest message before a client has authenticated, in bytes.")
  public static let maxBodyBytes = Setting(
    "gateway.max_body_bytes", .integer(65_536...67_108_864), 1_048_576, "Largest body of an HTTP request, in bytes.")
  public static let maxLargeBodyBytes = Setting(
    "gateway.max_large_body_bytes", .integer(65_536...268_435_456), 20_971_520,
    "Largest body of an HTTP request that may hold images, in bytes.")
  public static let maxBodyBytesInFlight = Setting(
    "gateway.max_body_bytes_in_flight", .integer(1_048_576...17_179_869_184), 134_217_728,
    "What all HTTP bodies that arrive at the same time may take together, in bytes; the first 64 KiB of each are free.")
  public static let maxConcurrentCalls = Setting(
    "gateway.max_concurrent_calls", .integer(1...10_000), 64, "Requests of one socket that are worked on at once.")
  public static let maxWaitingRuns = Setting(
    "gateway.max_waiting_runs", .integer(1...10_000), 256, "Runs of one socket that wait for their end.")
  public static let badFrameLimit = Setting(
    "gateway.bad_frame_limit", .integer(1...10_000), 20,
    "Frames that are no requests a socket may send within gateway.bad_frame_window.")
  public static let badFrameWindow = Setting(
    "gateway.bad_frame_window", .duration(), .seconds(10), "Time over which bad frames are counted.")
  public static let closeTimeout = Setting(
    "gateway.close_timeout", .duration(), .seconds(5), "Time for the closing handshake of a socket.")
  public static let expulsionTimeout = Setting(
    "gateway.expulsion_timeout", .duration(), .milliseconds(500),
    "The same for a socket that is put out, such as a revoked device's; then it is dropped.")
  public static let bodyTimeout = Setting(
    "gateway.body_timeout", .duration(), .seconds(30), "Time a client has to send the body of a request.")
  public static let streamKeepAlive = Setting(
    "gateway.stream_keep_alive", .duration(), .seconds(10), "Silence on a streamed answer before a comment is sent.")
  public static let streamHeadDelay = Setting(
    "gateway.stream_head_delay", .duration(atLeast: .milliseconds(1)), .seconds(1),
    "How long the head of a streamed answer waits for its first text; a failure before it has a status of its own.")
  public static let restartExpected = Setting(
    "gateway.restart_expected", .duration(atLeast: .zero), .seconds(5),
    "How long a restart is said to take when the gateway stops.")

  public static let credentialRecheck = Setting(
    "gateway.credential_recheck", .duration(atLeast: .milliseconds(10)), .seconds(2),
    "How often it is looked whether what open sockets came in with still holds; what this gateway itself revokes is "
      + "closed at once.")
  public static let maxKeys = Setting(
    "gateway.max_api_keys", .integer(1...1_000_000), 1000, "API keys that a tenant may have.")

  public static let maxConnections = Setting(
    "gateway.max_connections", .integer(0...1_000_000), 0,
    "Connections of known callers at once; 0 takes the limit of open files and leaves 128 for the store, providers and "
      + "tools.")
  public static let maxStrangers = Setting(
    "gateway.max_strangers", .integer(1...100_000), 1024,
    "Concurrent connections that have not authenticated yet; the oldest one is closed first.")
  public static let maxStrangersPerAddress = Setting(
    "gateway.max_strangers_per_address", .integer(1...100_000), 64,
    "The same of one network address, which gateway.trusted_proxies may tell.")
  public static let strangerGrace = Setting(
    "gateway.stranger_grace", .duration(atLeast: .zero), .seconds(2),
    "How long a new connection is not counted among those without a credential.")

  public static let gatewayToken = Setting(
    "gateway.token", .text, "", isSecret: true,
    "The gateway's token; without it one is made and kept in the data directory.")

  static let gateway: [AnySetting] = [
    host.erased, port.erased, publicURL.erased, allowedOrigins.erased, trustedProxies.erased, drainTimeout.erased,
    stopTimeout.erased,
    startTimeout.erased,
    connectTimeout.erased, pingInterval.erased, idleTimeout.erased, maxQueueBytes.erased, maxFrameBytes.erased,
    rateLimitPerMinute.erased,
    rateLimitBurst.erased, preAuthFrameBytes.erased, maxBodyBytes.erased, maxLargeBodyBytes.erased,
    maxBodyBytesInFlight.erased, maxConcurrentCalls.erased,
    maxWaitingRuns.erased, badFrameLimit.erased, badFrameWindow.erased, closeTimeout.erased, expulsionTimeout.erased,
    bodyTimeout.erased, streamKeepAlive.erased, streamHeadDelay.erased, restartExpected.erased,
    credentialRecheck.erased, maxKeys.erased,
    maxConnections.erased, maxStrangers.erased, maxStrangersPerAddress.erased, strangerGrace.erased,
    gatewayToken.erased,
  ]
}
