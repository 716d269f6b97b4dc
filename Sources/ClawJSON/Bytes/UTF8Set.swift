/// A set of external names: two are equal only if their UTF-8 bytes are (see ``UTF8Key``). Used like `Set<String>`,
/// which would treat canonically equivalent names as equal.
public struct UTF8Set: Sendable, Hashable {
  @usableFromInline var storage: Set<UTF8Key>

  public init() { storage = [] }
  public init(_ names: some Sequence<String>) { storage = Set(names.lazy.map(UTF8Key.init(_:))) }

  @inlinable
  public func contains(_ name: String) -> Bool { storage.contains(UTF8Key(name)) }

  /// Adds a name; `inserted` is false if it was present.
  @discardableResult
  public mutating func insert(_ name: String) -> (inserted: Bool, memberAfterInsert: String) {
    let (inserted, member) = storage.insert(UTF8Key(name))
    return (inserted, member.wrappedValue)
  }

  @discardableResult
  public mutating func remove(_ name: String) -> String? { storage.remove(UTF8Key(name))?.wrappedValue }

  public mutating func removeAll(keepingCapacity: Bool = false) { storage.removeAll(keepingCapacity: keepingCapacity) }

  public mutating func formUnion(_ other: some Sequence<String>) { for name in other { insert(name) } }

  public func union(_ other: some Sequence<String>) -> UTF8Set {
    var all = self
    all.formUnion(other)
    return all
  }

  public mutating func subtract(_ other: UTF8Set) { storage.subtract(other.storage) }
  public func subtracting(_ other: UTF8Set) -> UTF8Set { Self(storage: storage.subtracting(other.storage)) }
  public func isSubset(of other: UTF8Set) -> Bool { storage.isSubset(of: other.storage) }
  public func isDisjoint(with other: UTF8Set) -> Bool { storage.isDisjoint(with: other.storage) }

  private init(storage: Set<UTF8Key>) { self.storage = storage }
}

extension UTF8Set: Collection {
  public typealias Index = Set<UTF8Key>.Index

  public var startIndex: Index { storage.startIndex }
  public var endIndex: Index { storage.endIndex }
  public var count: Int { storage.count }
  public var isEmpty: Bool { storage.isEmpty }
  public func index(after index: Index) -> Index { storage.index(after: index) }
  public subscript(position: Index) -> String { storage[position].wrappedValue }
}

extension UTF8Set: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: String...) { self.init(elements) }
}

extension UTF8Set: CustomStringConvertible {
  public var description: String { storage.description }
}
