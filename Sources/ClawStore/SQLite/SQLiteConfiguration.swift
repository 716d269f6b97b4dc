/// How to open an SQLite database.
public struct SQLiteConfiguration: Sendable {
  /// What a power failure may lose.
  public enum Synchronous: String, Sendable, CaseIterable {
    /// A killed process loses nothing; a power failure may lose the last commits.
    case normal = "NORMAL"
    /// A power failure loses nothing; each group of commits waits for the disk.
    case full = "FULL"
  }

  public var path: String
  public var synchronous: Synchronous
  /// Reading connections, each with a thread of its own while it works.
  public var readers: Int
  /// How long a request waits for a lock of another process, or for a reading connection.
  public var wait: Duration
  /// How long shutdown waits for locks of other processes before it leaves the write-ahead log in place.
  public var waitAtClose: Duration
  /// Timeout of one read.
  public var readTimeout: Duration
  /// Reads that may wait for a connection; one more is rejected.
  public var maxWaitingReads: Int
  /// Most writes per commit.
  public var maxGroup: Int
  /// Page limit of the file; nil leaves it to the disk. A full database behaves like a full disk.
  public var maxPages: Int?

  public init(
    path: String, synchronous: Synchronous = .normal, readers: Int = 4, wait: Duration = .seconds(5),
    waitAtClose: Duration = .seconds(1), readTimeout: Duration = .seconds(30), maxWaitingReads: Int = 10_000,
    maxGroup: Int = 512, maxPages: Int? = nil
  ) {
    self.path = path
    self.synchronous = synchronous
    self.readers = max(1, readers)
    self.wait = wait
    self.waitAtClose = waitAtClose
    self.readTimeout = readTimeout
    self.maxWaitingReads = max(1, maxWaitingReads)
    self.maxGroup = max(1, maxGroup)
    self.maxPages = maxPages
  }
}
