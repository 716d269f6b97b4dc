extension JSONValue {
  /// Parses a document: strictly RFC 8259, without comments, trailing commas or anything after the value.
  ///
  /// Of members with the same name the last one wins. A whole number outside of 64 bits becomes a `number`.
  /// - Throws: a `JSONError` with line and column.
  public init(parsing bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
    var parser = JSONParser(bytes: bytes, limits: limits)
    do {
      self = try parser.parseDocument()
    } catch {
      throw error.jsonError(in: bytes)
    }
  }

  /// Parses a document from raw memory; see `init(parsing:limits:)`.
  public init(parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = .standard) throws(JSONError) {
    self = try bytes.withMemoryRebound(to: UInt8.self) { (bytes) throws(JSONError) in
      try JSONValue(parsing: bytes, limits: limits)
    }
  }

  /// Parses a document from bytes; see `init(parsing:limits:)`.
  public init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
    self = try bytes.withUnsafeBufferPointer { (bytes) throws(JSONError) in
      try JSONValue(parsing: bytes, limits: limits)
    }
  }

  /// Parses a document from a slice of bytes; see `init(parsing:limits:)`.
  public init(parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
    self = try bytes.withUnsafeBufferPointer { (bytes) throws(JSONError) in
      try JSONValue(parsing: bytes, limits: limits)
    }
  }

  /// Parses a document from text; see `init(parsing:limits:)`.
  public init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
    let parsed = text.utf8.withContiguousStorageIfAvailable { bytes in
      Result { () throws(JSONError) in try JSONValue(parsing: bytes, limits: limits) }
    }
    if let parsed {
      self = try parsed.get()
    } else {
      try self.init(parsing: Array(text.utf8), limits: limits)
    }
  }
}
