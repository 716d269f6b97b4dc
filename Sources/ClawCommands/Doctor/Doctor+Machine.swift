import ClawCore
import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Checks of the environment: the disk, the clock, other programs.
extension Doctor {
  /// Below this, the disk may fill up soon.
  private static let littleSpace: UInt64 = 1 << 30
  /// Below this, writes are about to fail.
  private static let noSpace: UInt64 = 64 << 20
  /// 2025-01-01; no build of this program is older.
  private static let earliest = Timestamp(milliseconds: 1_735_689_600_000)
  /// Tolerated clock difference.
  static let clockTolerance = Duration.seconds(120)

  func secrets() -> DoctorFinding {
    let subject = "secrets"
    let path = loaded.dataDirectory.secretsFile
    do throws(FileError) {
      guard let status = try PrivateFile.status(of: path) else {
        return .good(subject, "from the environment; there is no \(path)")
      }
      return status.isOpenToOthers
        ? .bad(
          subject, .configuration, "\(path) can be read by other users (mode \(String(status.mode, radix: 8)))",
          "chmod 600 \(path)")
        : .good(subject, path)
    } catch {
      return .bad(subject, .configuration, error.description, "sudo chown \"$USER\" \(path)")
    }
  }

  func disk() -> DoctorFinding {
    let subject = "disk"
    var path = loaded.dataDirectory.path
    var space = statvfs()
    while statvfs(path, &space) != 0 {
      guard errno == ENOENT, let slash = path.lastIndex(ofASCII: "/"), slash != path.startIndex else {
        return .remark(subject, FileError("look at the disk of", path).description)
      }
      path = String(path[..<slash])
    }
    let free = UInt64(space.f_bavail) * UInt64(space.f_frsize)
    let text = "\(free >> 20) MiB are free below \(path)"
    if space.f_favail == 0, space.f_files > 0 {
      return .bad(
        subject, .unavailable, "no file can be made below \(path): the disk has no inodes left", "df -i \(path)")
    }
    if free < Self.noSpace { return .bad(subject, .unavailable, text, "make room: du -xh \(path) | sort -h | tail") }
    if free < Self.littleSpace { return .remark(subject, text, "df -h \(path)") }
    return .good(subject, text)
  }

  func clock() -> DoctorFinding {
    let now = time.now
    let remedy = "sudo timedatectl set-ntp true"
    guard now > Self.earliest else {
      return .bad("clock", .failure, "it is \(now.rfc3339), which has to be wrong", remedy)
    }
    let database = loaded.dataDirectory.resolve(loaded.values[Settings.storePath])
    if let status = try? PrivateFile.status(of: database),
      Timestamp(milliseconds: status.changedAt * 1000) - now > Self.clockTolerance
    {
      return .bad(
        "clock", .failure, "\(database) was written in the future: the clock went back, or is wrong now", remedy)
    }
    return .good("clock", now.rfc3339)
  }

  /// Programs that could sandbox an agent's commands.
  func sandbox() -> DoctorFinding {
    let known = ["bwrap", "podman", "docker"]
    let found = known.filter { name in
      searchPath.split(at: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
    }
    guard found.isEmpty else { return .good("sandbox", found.joined(separator: ", ")) }
    return .remark(
      "sandbox", "none of \(known.joined(separator: ", ")) is installed; agents can't be allowed to run programs",
      "sudo apt-get install bubblewrap")
  }
}
