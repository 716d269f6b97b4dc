import ClawCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Creates and removes agents' workspaces.
struct WorkspaceFolders: AgentFolders {
  /// Deeper trees are not removed.
  private static let maxDepth = 256

  func make(_ path: String) async throws {
    try await Blocking.run { try PrivateFile.makeDirectory(path) }
  }

  func remove(_ path: String) async throws -> Bool {
    try await Blocking.run { try Self.removeTree(path) }
  }

  private static func removeTree(_ path: String) throws(FileError) -> Bool {
    // A link is never a workspace of ours.
    let root = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard root >= 0 else {
      if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return false }
      throw FileError("remove", path)
    }
    try empty(root, path, depth: 0)
    guard rmdir(path) == 0 else { throw FileError("remove", path) }
    return true
  }

  /// Removes the content of an open directory, and closes it. Uses open descriptors only, so that a name replaced by a
  /// link meanwhile leads nowhere.
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
