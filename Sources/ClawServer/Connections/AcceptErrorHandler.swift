import Logging
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Names what keeps connections from being accepted. The listener goes on: NIO tries again after a second.
final class AcceptErrorHandler: ChannelInboundHandler {
  typealias InboundIn = any Channel

  /// Between two lines of the log.
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
    // Behind this the error would end the listener.
    guard lastLine.map({ NIODeadline.now() - $0 >= Self.interval }) ?? true else { return }
    lastLine = .now()
    logger.error("connections.accept_failed", metadata: ["reason": "\(reason)"])
  }

  /// Nil for what does not pass by itself.
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
