import ClawCommands
import Synchronization

/// The lines a gateway logs, for tests to look through.
public final class CapturedLog: LogOutput {
  private let kept = Mutex<[String]>([])

  public init() {}

  public func write(line: String) {
    kept.withLock { $0.append(line) }
  }

  public var lines: [String] { kept.withLock { $0 } }
}
