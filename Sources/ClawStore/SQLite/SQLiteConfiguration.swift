/// How an SQLite database is opened.
public struct SQLiteConfiguration: Sendable {
  /// How much a power cut may take.
  public enum Synchronous: String, Sendable, CaseIterable {
    /// A killed process loses nothing; a power cut perhaps the last moments.
    case normal = "NORMAL"
    /// Not even that; each group of commits waits for the disk.
    case full = "FULL"
  }

  public var path: String
  public var synchronous: Synchronous
  /// Connections that read, each with a thread of its own while it works.
  public var readers: Int
  /// How long a request waits where another process has locked the file, or for a connection that reads.
  public var wait: Duration
  /// How long a stop waits for other processes that hold the file, before it leaves the write-ahead log as it is.
  public var waitAtClose: Duration
  /// How long one read may take.
  public var readTimeout: Duration
  /// Reads that may wait for a connection; one more is refused.
  public var maxWaitingReads: Int
  /// Most writes that share one commit.
  public var maxGroup: Int
  /// Pages the file may have; nil leaves it to the disk. A full database behaves as a full disk does.
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
