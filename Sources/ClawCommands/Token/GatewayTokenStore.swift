import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why there is no usable token, and what to do about it.
public struct GatewayTokenError: Error, Sendable, CustomStringConvertible {
  public let description: String
  /// The failed file operation, if that is the reason.
  let cause: FileError?

  init(description: String, cause: FileError? = nil) {
    self.description = description
    self.cause = cause
  }
}

/// Stores the gateway token in the data directory, readable by its owner only. All methods block.
public struct GatewayTokenStore: Sendable {
  public let directory: DataDirectory

  public init(_ directory: DataDirectory) {
    self.directory = directory
  }

  /// The token: from the environment, or else from the file.
  /// - Parameter given: The value of `SWIFTCLAW_GATEWAY_TOKEN`; empty if unset.
  /// - Returns: nil if there is none yet.
  /// - Throws: ``GatewayTokenError`` if the file can be read by others, or can't be read.
  public func find(given: String) throws(GatewayTokenError) -> StoredToken? {
    if !given.isEmpty { return StoredToken(given, origin: .environment) }
    let path = directory.tokenFile
    let found: (bytes: [UInt8], status: PrivateFile.Status)?
    do {
      found = try PrivateFile.read(path, limit: 4096)
    } catch {
      throw GatewayTokenError(description: "\(error). Make the file readable for this user.", cause: error)
    }
    guard let found else { return nil }
    guard !found.status.isOpenToOthers else {
      throw GatewayTokenError(
        description: "\(path) can be read by other users (mode \(String(found.status.mode, radix: 8))), so the token "
          + "may be known. Close it with: chmod 600 \(path)   and then make a new one: swiftclaw token rotate")
    }
    let text = String(decoding: found.bytes, as: UTF8.self).words
    guard text.count == 1, text[0].utf8.count >= 16 else {
      throw GatewayTokenError(
        description: "\(path) does not hold a token of at least 16 characters. Make a new one: swiftclaw token rotate")
    }
    return StoredToken(String(text[0]), origin: .file(path))
  }

  /// The token; generated and stored if there is none yet.
  public func obtain(given: String) throws(GatewayTokenError) -> StoredToken {
    if let token = try find(given: given) { return token }
    let value = StoredToken.generate()
    do {
      try PrivateFile.makeDirectory(directory.path)
      if try PrivateFile.write(Array((value + "\n").utf8), to: directory.tokenFile, .new) {
        return StoredToken(value, origin: .newFile(directory.tokenFile))
      }
    } catch {
      throw GatewayTokenError(
        description: "\(error). Name another data directory with --data-dir, or set SWIFTCLAW_GATEWAY_TOKEN.",
        cause: error)
    }
    // Another process was faster; its token is used.
    guard let token = try find(given: "") else {
      throw GatewayTokenError(description: "\(directory.tokenFile) came and went; start again")
    }
    return token
  }

  /// Replaces the token. A running gateway keeps the old one until it is restarted.
  public func rotate() throws(GatewayTokenError) -> StoredToken {
    let value = StoredToken.generate()
    do {
      try PrivateFile.makeDirectory(directory.path)
      try PrivateFile.write(Array((value + "\n").utf8), to: directory.tokenFile, .replacing)
    } catch {
      throw GatewayTokenError(description: "\(error)", cause: error)
    }
    return StoredToken(value, origin: .newFile(directory.tokenFile))
  }
}
