import Logging
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Logs why connections can't be accepted. The listener continues: NIO retries after a second.
final class AcceptErrorHandler: ChannelInboundHandler {
  typealias InboundIn = any Channel

  /// Minimum time between two log lines.
  private static let interval = TimeAmount.minutes(1)

  private let logger: Logger
  private var lastLine: NIODeadline?

  init(logger: Logger) {
    self.logger = logger
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? IOError, let reason = Self.reason(error.errnoCode) else {
      return context.fireErrorCaught(error)
    }
    // If it were forwarded, the error would end the listener.
    guard lastLine.map({ NIODeadline.now() - $0 >= Self.interval }) ?? true else { return }
    lastLine = .now()
    logger.error("connections.accept_failed", metadata: ["reason": "\(reason)"])
  }

  /// Nil for transient errors.
  private static func reason(_ number: CInt) -> String? {
    switch number {
    case EMFILE:
      "the limit of open files is reached, so no connection can be accepted; raise it (ulimit -n, or LimitNOFILE= of "
        + "systemd) or set gateway.max_connections lower"
    case ENFILE: "the machine's limit of open files is reached, so no connection can be accepted"
    case ENOBUFS, ENOMEM: "the machine has no memory left for another connection"
    case ECONNABORTED: "a connection was gone before it was accepted"
    default: nil
    }
  }
}
