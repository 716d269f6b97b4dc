import ClawJSON
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system's zone files by name. A zone that was read stays as it was until the program starts again.
public final class ZoneFileLibrary: Sendable {
  /// How many zones are kept at once; the one that was read first makes room.
  public static let capacity = 64

  /// The system's own files.
  public static let system = ZoneFileLibrary()

  private struct Cache {
    var zones: UTF8Dictionary<ZoneFile> = [:]
    var order: [String] = []
  }

  private let folders: [String]
  private let cache = Mutex(Cache())
  /// Files are read here, one at a time, and not on the threads that run tasks.
  private let queue = DispatchQueue(label: "zone files")

  /// - Parameter folders: where to look, in this order. Nil looks into `$TZDIR` if it is set, and else into the
  ///   places where systems keep their zone files.
  public init(folders: [String]? = nil) {
    self.folders = folders ?? Self.systemFolders()
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
    if let known = cache.withLock({ $0.zones[name] }) { return known }
    let loaded = await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.load(name)) }
    }
    let zone = try loaded.get()
    keep(zone, as: name)
    return zone
  }

  /// How many zones are kept now.
  var count: Int { cache.withLock { $0.zones.count } }

  private func keep(_ zone: ZoneFile, as name: String) {
    cache.withLock { cache in
      guard cache.zones.updateValue(zone, forKey: name) == nil else { return }
      cache.order.append(name)
      if cache.order.count > Self.capacity { cache.zones[cache.order.removeFirst()] = nil }
    }
  }

  private func load(_ name: String) -> Result<ZoneFile, ZoneFileError> {
    for folder in folders {
      guard let bytes = ZoneFileStorage.read("\(folder)/\(name)") else { continue }
      return Result { () throws(ZoneFileError) in try ZoneFile(bytes: bytes) }
    }
    let names = folders.lazy.map { ZoneFileStorage.names(in: $0) }.first { !$0.isEmpty }
    guard let names else { return .failure(.noZoneFiles) }
    return .failure(.unknown(name, similar: ZoneFileName.similar(to: name, among: names)))
  }
}
