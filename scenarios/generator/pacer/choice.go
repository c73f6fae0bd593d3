package pacer

import "math/bits"

// Mix is SplitMix64's finaliser over (seed, k, salt): an even, repeatable 64-bit number without state.
func Mix(seed, k, salt uint64) uint64 {
	z := seed + (k+1)*0x9e3779b97f4a7c15 + salt*0xd1342543de82ef95
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// Below maps a random 64-bit number to 0..n-1 by multiplication, without the bias of a remainder.
func Below(random uint64, n int) int {
	high, _ := bits.Mul64(random, uint64(n))
	return int(high)
}

// Sender draws message k's room, even over rooms, and the member that sends it, even over the room's members.
func Sender(seed uint64, k int, rooms int, members func(room int) int) (room, member int) {
	room = Below(Mix(seed, uint64(k), 1), rooms)
	return room, Below(Mix(seed, uint64(k), 2), members(room))
}
