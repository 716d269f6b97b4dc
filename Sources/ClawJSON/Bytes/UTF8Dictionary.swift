/// A dictionary keyed by external names: two keys are equal only if their UTF-8 bytes are (see ``UTF8Key``). Used like
/// `[String: Value]`, which would treat canonically equivalent names as equal.
public struct UTF8Dictionary<Value> {
  @usableFromInline var storage: [UTF8Key: Value]

  @inlinable public init() { storage = [:] }

  @inlinable
  init(storage: [UTF8Key: Value]) { self.storage = storage }

  /// The last of equal names wins.
  @inlinable
  public init(_ pairs: some Sequence<(String, Value)>) {
    self.init(pairs, uniquingKeysWith: { $1 })
  }

  @inlinable
  public init(_ pairs: some Sequence<(String, Value)>, uniquingKeysWith combine: (Value, Value) throws -> Value)
    rethrows
  {
    storage = try Dictionary(pairs.lazy.map { (UTF8Key($0.0), $0.1) }, uniquingKeysWith: combine)
  }

  @inlinable
  public subscript(key: String) -> Value? {
    get { storage[UTF8Key(key)] }
    _modify { yield &storage[UTF8Key(key)] }
  }

  @inlinable
  public subscript(key: String, default standard: @autoclosure () -> Value) -> Value {
    get { storage[UTF8Key(key)] ?? standard() }
    _modify { yield &storage[UTF8Key(key), default: standard()] }
  }

  public var keys: Keys { Keys(storage: storage.keys) }
  public var values: Dictionary<UTF8Key, Value>.Values {
    get { storage.values }
    _modify { yield &storage.values }
  }

  public func mapValues<Other>(_ body: (Value) throws -> Other) rethrows -> UTF8Dictionary<Other> {
    UTF8Dictionary<Other>(storage: try storage.mapValues(body))
  }

  public func compactMapValues<Other>(_ body: (Value) throws -> Other?) rethrows -> UTF8Dictionary<Other> {
    UTF8Dictionary<Other>(storage: try storage.compactMapValues(body))
  }

  public func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> UTF8Dictionary {
    UTF8Dictionary(storage: try storage.filter { try isIncluded(($0.key.wrappedValue, $0.value)) })
  }

  public mutating func merge(_ other: UTF8Dictionary, uniquingKeysWith combine: (Value, Value) throws -> Value) rethrows
  {
    try storage.merge(other.storage, uniquingKeysWith: combine)
  }

  @inlinable
  public func merging(
    _ other: UTF8Dictionary, uniquingKeysWith combine: (Value, Value) throws -> Value
  ) rethrows -> UTF8Dictionary {
    UTF8Dictionary(storage: try storage.merging(other.storage, uniquingKeysWith: combine))
  }

  public mutating func reserveCapacity(_ count: Int) { storage.reserveCapacity(count) }

  @discardableResult
  public mutating func updateValue(_ value: Value, forKey key: String) -> Value? {
    storage.updateValue(value, forKey: UTF8Key(key))
  }

  @discardableResult
  public mutating func removeValue(forKey key: String) -> Value? { storage.removeValue(forKey: UTF8Key(key)) }

  public mutating func removeAll(keepingCapacity: Bool = false) { storage.removeAll(keepingCapacity: keepingCapacity) }
}

extension UTF8Dictionary: Collection {
  public typealias Element = (key: String, value: Value)
  public typealias Index = Dictionary<UTF8Key, Value>.Index

  public var startIndex: Index { storage.startIndex }
  public var endIndex: Index { storage.endIndex }
  @inlinable public var count: Int { storage.count }
  @inlinable public var isEmpty: Bool { storage.isEmpty }
  public func index(after index: Index) -> Index { storage.index(after: index) }

  public subscript(position: Index) -> Element {
    let (key, value) = storage[position]
    return (key.wrappedValue, value)
  }

  @inlinable public func makeIterator() -> Iterator { Iterator(storage: storage.makeIterator()) }

  public struct Iterator: IteratorProtocol {
    @usableFromInline var storage: Dictionary<UTF8Key, Value>.Iterator

    @inlinable
    init(storage: Dictionary<UTF8Key, Value>.Iterator) { self.storage = storage }

    @inlinable
    public mutating func next() -> Element? { storage.next().map { ($0.key.wrappedValue, $0.value) } }
  }

  /// The names, in unspecified order.
  public struct Keys: Collection {
    let storage: Dictionary<UTF8Key, Value>.Keys

    public var startIndex: Index { storage.startIndex }
    public var endIndex: Index { storage.endIndex }
    public var count: Int { storage.count }
    public func index(after index: Index) -> Index { storage.index(after: index) }
    public subscript(position: Index) -> String { storage[position].wrappedValue }

    public func contains(_ name: String) -> Bool { storage.contains(UTF8Key(name)) }
  }
}

extension UTF8Dictionary: ExpressibleByDictionaryLiteral {
  /// The last of equal names wins, as in a parsed document.
  @inlinable
  public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}

extension UTF8Dictionary: Sendable where Value: Sendable {}
extension UTF8Dictionary: Equatable where Value: Equatable {}
extension UTF8Dictionary: Hashable where Value: Hashable {}

extension UTF8Dictionary: CustomStringConvertible {
  public var description: String { storage.description }
}

extension UTF8Dictionary: Encodable where Value: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyName.self)
    for (key, value) in storage { try container.encode(value, forKey: AnyName(key.wrappedValue)) }
  }
}

extension UTF8Dictionary: Decodable where Value: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyName.self)
    self.init()
    for name in container.allKeys { self[name.stringValue] = try container.decode(Value.self, forKey: name) }
  }
}

/// A coding key for any member name.
struct AnyName: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}
