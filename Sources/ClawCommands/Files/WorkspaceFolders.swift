import ClawCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The folders of agents on the disk.
struct WorkspaceFolders: AgentFolders {
  /// Deeper trees are left as they are.
  private static let maxDepth = 256

  func make(_ path: String) async throws {
    try await Blocking.run { try PrivateFile.makeDirectory(path) }
  }

  func remove(_ path: String) async throws -> Bool {
    try await Blocking.run { try Self.removeTree(path) }
  }

  private static func removeTree(_ path: String) throws(FileError) -> Bool {
    // A link is no folder of ours, wherever it leads.
    let root = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard root >= 0 else {
      if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return false }
      throw FileError("remove", path)
    }
    try empty(root, path, depth: 0)
    guard rmdir(path) == 0 else { throw FileError("remove", path) }
    return true
  }

  /// Removes what is in an open folder, and closes it. Works on open folders alone: a name that is exchanged for a
  /// link in the meantime leads nowhere.
  private static func empty(_ descriptor: Int32, _ path: String, depth: Int) throws(FileError) {
    guard let folder = fdopendir(descriptor) else {
      close(descriptor)
      throw FileError("remove", path)
    }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      if name == "." || name == ".." { continue }
      if unlinkat(descriptor, name, 0) == 0 { continue }
      let inner = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard inner >= 0 else { throw FileError("remove", path + "/" + name) }
      guard depth < maxDepth else {
        close(inner)
        throw FileError("remove", path + "/" + name, number: ELOOP)
      }
      try empty(inner, path + "/" + name, depth: depth + 1)
      guard unlinkat(descriptor, name, AT_REMOVEDIR) == 0 else { throw FileError("remove", path + "/" + name) }
    }
  }
}
