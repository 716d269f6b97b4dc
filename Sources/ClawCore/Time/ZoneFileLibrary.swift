import ClawJSON
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system's zone files by name. A file that was replaced, as by an update of the system's time zone data, is read
/// again: zone rules change several times a year, sometimes with a week's notice.
public final class ZoneFileLibrary: Sendable {
  /// Zones cached; the oldest is evicted.
  public static let capacity = 64

  /// The system's own files.
  public static let system = ZoneFileLibrary()

  private struct Known {
    let zone: ZoneFile
    let path: String
    let stamp: ZoneFileStorage.Stamp
    /// When its file was last checked.
    var checked: ContinuousClock.Instant
  }

  private struct Cache {
    var zones: UTF8Dictionary<Known> = [:]
    var order: [String] = []
  }

  private let folders: [String]
  /// How long a cached file is used without a check.
  private let recheck: Duration
  private let now: @Sendable () -> ContinuousClock.Instant
  private let cache = Mutex(Cache())
  /// Files are read here, one at a time, and not on the cooperative pool.
  private let queue = DispatchQueue(label: "zone files")

  /// - Parameter folders: Where to look, in this order. Nil uses `$TZDIR` if it is set, otherwise the systems' usual
  ///   locations.
  /// - Parameters:
  ///   - recheck: How long a cached file is used without a check.
  ///   - now: The current time.
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

  /// The zone with an IANA name, such as `Europe/Paris`. UTC is available even without files.
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

  /// The version of the system's zone data, such as `2026c`; nil if no file contains it.
  public func version() async -> String? {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.readVersion()) }
    }
  }

  private func readVersion() -> String? {
    for folder in folders {
      // Linux has it in the first line of the combined data, `# version 2026c`; BSD and macOS in a separate file.
      let head = ZoneFileStorage.head(of: "\(folder)/tzdata.zi") ?? ""
      if let version = head.lines.first?.droppingPrefix("# version ")?.words.first { return String(version) }
      if let version = ZoneFileStorage.head(of: "\(folder)/+VERSION")?.words.first { return String(version) }
    }
    return nil
  }

  /// Number of cached zones.
  var count: Int { cache.withLock { $0.zones.count } }

  private func keep(_ known: Known, as name: String) {
    cache.withLock { cache in
      guard cache.zones.updateValue(known, forKey: name) == nil else { return }
      cache.order.append(name)
      if cache.order.count > Self.capacity { cache.zones[cache.order.removeFirst()] = nil }
    }
  }

  /// Keeps the cached zone if its file is unchanged, or if it is temporarily damaged or missing, as during an update.
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
      // Read the stamp first: if the file is replaced in between, the next check finds another stamp.
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
