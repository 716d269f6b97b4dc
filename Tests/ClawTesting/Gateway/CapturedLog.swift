import ClawCommands
import Synchronization

/// Captures a gateway's log lines.
public final class CapturedLog: LogOutput {
  private let kept = Mutex<[String]>([])

  public init() {}

  public func write(line: String) {
    kept.withLock { $0.append(line) }
  }

  public var lines: [String] { kept.withLock { $0 } }
}
