import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What startup needs of the machine and the data directory: `serve` runs the same checks first.
extension Doctor {
  /// In startup order. Changes nothing.
  func startChecks() -> [DoctorFinding] {
    var findings = [limits(), dataDirectory(), token(), encryptionKey()]
    if loaded.values[Settings.postgresDSN].isEmpty { findings.append(database()) }
    return findings
  }

  /// - Throws: the first problem that would prevent startup, with its remedy.
  func refuseStart() throws(CommandFailure) {
    for finding in startChecks() {
      guard case .bad(let status) = finding.verdict else { continue }
      throw CommandFailure(status, finding.text + (finding.remedy.map { "\nmend it with: \($0)" } ?? ""))
    }
  }

  /// Open files and memory.
  func limits() -> DoctorFinding {
    let subject = "limits"
    if let text = MemoryLimit.problem() {
      return .bad(subject, .unavailable, text, "ulimit -v unlimited, or limit the memory with MemoryMax= of systemd")
    }
    guard let files = OpenFileLimit.mostPossible else { return .good(subject, "the system does not say") }
    guard files >= OpenFileLimit.least else {
      return .bad(
        subject, .unavailable,
        "only \(files) files may be open at once; a gateway needs at least \(OpenFileLimit.least) on this machine",
        "ulimit -n 4096, or LimitNOFILE= of systemd")
    }
    return .good(subject, "\(files) open files")
  }

  func dataDirectory() -> DoctorFinding {
    let subject = "data folder"
    let path = loaded.dataDirectory.path
    do throws(FileError) {
      guard let status = try PrivateFile.status(of: path) else { return try missing(path) }
      guard status.isDirectory else {
        return .bad(subject, .configuration, "\(path) is not a folder", "name another with --data-dir")
      }
      try PrivateFile.checkUse(path)
      guard !status.isOpenToOthers else {
        return .remark(
          subject, "\(path) is open to other users (mode \(String(status.mode, radix: 8)))", "chmod 700 \(path)")
      }
      return .good(subject, path)
    } catch {
      return .bad(
        subject, error.status, error.description,
        "name another with --data-dir, or: sudo chown -R \"$USER\" \(path)")
    }
  }

  /// A missing directory must be one that can be created.
  private func missing(_ path: String) throws(FileError) -> DoctorFinding {
    var parent = path
    while let slash = parent.lastIndex(ofASCII: "/"), parent != "/" {
      parent = slash == parent.startIndex ? "/" : String(parent[..<slash])
      guard let status = try PrivateFile.status(of: parent) else { continue }
      guard status.isDirectory else { throw FileError("make", path, number: ENOTDIR) }
      try PrivateFile.checkUse(parent)
      break
    }
    return .remark("data folder", "\(path) does not exist yet; the first start makes it", "\(program) serve")
  }

  func encryptionKey() -> DoctorFinding {
    let subject = "encryption key"
    let file = EncryptionKeyFile(loaded.dataDirectory)
    do {
      let found = try file.find(
        given: loaded.values[Settings.encryptionKey], previous: loaded.values[Settings.previousEncryptionKey])
      guard let found else { return .remark(subject, "none yet; the first start makes one", "\(program) serve") }
      return .good(subject, found.isOwn ? file.path : "from SWIFTCLAW_ENCRYPTION_KEY")
    } catch {
      let failure = CommandFailure(explaining: error)
      return .bad(
        subject, failure?.status ?? .internalFault, failure?.message ?? "\(error)",
        "put the key back from a backup of \(file.path); without it no sealed secret can be read")
    }
  }
}
