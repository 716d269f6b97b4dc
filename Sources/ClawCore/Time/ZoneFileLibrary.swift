import ClawJSON
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system's zone files by name. A file that was replaced, as by an update of the system's time zone data, is read
/// again: rules of zones change some times a year, at times with a week's notice.
public final class ZoneFileLibrary: Sendable {
  /// How many zones are kept at once; the one that was read first makes room.
  public static let capacity = 64

  /// The system's own files.
  public static let system = ZoneFileLibrary()

  private struct Known {
    let zone: ZoneFile
    let path: String
    let stamp: ZoneFileStorage.Stamp
    /// When its file was last looked at.
    var checked: ContinuousClock.Instant
  }

  private struct Cache {
    var zones: UTF8Dictionary<Known> = [:]
    var order: [String] = []
  }

  private let folders: [String]
  /// How long a file is taken to be as it was.
  private let recheck: Duration
  private let now: @Sendable () -> ContinuousClock.Instant
  private let cache = Mutex(Cache())
  /// Files are read here, one at a time, and not on the threads that run tasks.
  private let queue = DispatchQueue(label: "zone files")

  /// - Parameter folders: where to look, in this order. Nil looks into `$TZDIR` if it is set, and else into the
  ///   places where systems keep their zone files.
  /// - Parameters:
  ///   - recheck: How long a file that was read is taken to be as it was.
  ///   - now: Tells how long ago that is.
  public init(
    folders: [String]? = nil, recheck: Duration = .seconds(60),
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.folders = folders ?? Self.systemFolders()
    self.recheck = recheck
    self.now = now
  }

  private static func systemFolders() -> [String] {
    if let folder = getenv("TZDIR"), folder.pointee != 0 { return [String(cString: folder)] }
    return ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"]
  }

  /// The zone of a name of the IANA database, such as `Europe/Paris`. UTC is there even without files.
  /// - Throws: ``ZoneFileError``.
  public func zone(named name: String) async throws(ZoneFileError) -> ZoneFile {
    guard ZoneFileName.isValid(name) else { throw .invalidName }
    if ["UTC", "Etc/UTC", "GMT", "Etc/GMT"].contains(name) { return .utc }
    let known = cache.withLock { $0.zones[name] }
    let now = now()
    if let known, known.checked.duration(to: now) < recheck { return known.zone }
    let loaded = await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.look(at: name, knowing: known, now)) }
    }
    let found = try loaded.get()
    keep(found, as: name)
    return found.zone
  }

  /// The version of the system's zone data, such as `2026c`; nil where no file tells.
  public func version() async -> String? {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.readVersion()) }
    }
  }

  private func readVersion() -> String? {
    for folder in folders {
      // Linux keeps it in the first line of the whole data, `# version 2026c`; BSD and macOS in a file of its own.
      let head = ZoneFileStorage.head(of: "\(folder)/tzdata.zi") ?? ""
      if let version = head.lines.first?.droppingPrefix("# version ")?.words.first { return String(version) }
      if let version = ZoneFileStorage.head(of: "\(folder)/+VERSION")?.words.first { return String(version) }
    }
    return nil
  }

  /// How many zones are kept now.
  var count: Int { cache.withLock { $0.zones.count } }

  private func keep(_ known: Known, as name: String) {
    cache.withLock { cache in
      guard cache.zones.updateValue(known, forKey: name) == nil else { return }
      cache.order.append(name)
      if cache.order.count > Self.capacity { cache.zones[cache.order.removeFirst()] = nil }
    }
  }

  /// What is known stays where its file is the same, and where the file is damaged or gone for the moment, as in the
  /// middle of an update.
  private func look(
    at name: String, knowing known: Known?, _ now: ContinuousClock.Instant
  ) -> Result<Known, ZoneFileError> {
    if var known, ZoneFileStorage.stamp(of: known.path) == known.stamp {
      known.checked = now
      return .success(known)
    }
    let loaded = load(name, now)
    guard case .failure = loaded, var known else { return loaded }
    known.checked = now
    return .success(known)
  }

  private func load(_ name: String, _ now: ContinuousClock.Instant) -> Result<Known, ZoneFileError> {
    for folder in folders {
      let path = "\(folder)/\(name)"
      // The stamp first: of a file that is replaced in between the next look finds another.
      guard let stamp = ZoneFileStorage.stamp(of: path), let bytes = ZoneFileStorage.read(path) else { continue }
      return Result { () throws(ZoneFileError) in
        Known(zone: try ZoneFile(bytes: bytes), path: path, stamp: stamp, checked: now)
      }
    }
    let names = folders.lazy.map { ZoneFileStorage.names(in: $0) }.first { !$0.isEmpty }
    guard let names else { return .failure(.noZoneFiles) }
    return .failure(.unknown(name, similar: ZoneFileName.similar(to: name, among: names)))
  }
}
