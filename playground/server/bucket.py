"""A token bucket: limits bursts and the long-run rate."""


class Bucket:
    """size: the burst limit; rate: refill per second. An amount larger than the bucket may be taken when it is full."""

    def __init__(self, size: tuple[float, float], now: float) -> None:
        self.most, self.rate = size
        self._level, self._at = self.most, now

    def seconds(self, amount: float, now: float) -> float:
        """How long until this amount may be taken; 0 if it may be now."""
        self._fill(now)
        return max(0.0, min(amount, self.most) - self._level) / self.rate

    def take(self, amount: float) -> None:
        self._level -= amount

    def give_back(self, amount: float) -> None:
        self._level = min(self.most, self._level + amount)

    def _fill(self, now: float) -> None:
        self._level = min(self.most, self._level + (now - self._at) * self.rate)
        self._at = now
