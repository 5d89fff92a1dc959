import Model
import Supervision

/// A start that has been ordered.
struct OrderedStart {
  let order: StandingOrder
  let start: ProcessStart
}

extension ProcessTable {
  /// What may be done when the start before the order's ends. One that has ended already its agent hears of.
  func order(_ order: StandingOrder?, of name: ProcessName) {
    guard let slot = slots[name] else { return }
    slot.order = nil
    guard let order, slot.running != nil, let start = slot.start?.again, start.number == order.number
    else { return }
    slot.order = OrderedStart(order: order, start: start)
  }

  /// Nobody answers for them any more.
  func withdrawOrders() { for slot in slots.values { slot.order = nil } }

  /// The start that an order asks for after this end. With the end the order has ended too.
  func startOrdered(after end: UnsettledEnd, at now: Instant) -> ProcessStart? {
    guard let slot = slots[end.name], let ordered = slot.order else { return nil }
    slot.order = nil
    return ordered.order.holds(after: end.end, at: now) ? ordered.start : nil
  }
}
