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
  /// Most writes that share one commit.
  public var maxGroup: Int
  /// Pages the file may have; nil leaves it to the disk. A full database behaves as a full disk does.
  public var maxPages: Int?

  public init(
    path: String, synchronous: Synchronous = .normal, readers: Int = 4, maxGroup: Int = 512, maxPages: Int? = nil
  ) {
    self.path = path
    self.synchronous = synchronous
    self.readers = max(1, readers)
    self.maxGroup = max(1, maxGroup)
    self.maxPages = maxPages
  }
}
