// The model's two loops over residents, written by hand: the same rule in the same blocks.
#include <algorithm>
#include <cstdint>
#include <cstring>

struct Numbers {
    double gain, asymmetry, confirmation, forgetting, talk, fatigue_memory, presence_memory;
    double base, resources, efficacy, trust, asked, invite, fatigue, overwork;
};

static constexpr int64_t BLOCK = 512;
static inline double clip(double x) { return std::min(1.0, std::max(0.0, x)); }

// Without a branch and without a library, so that the compiler sees to several residents at a time.
static inline double exponential(double x) {
    x = std::min(700.0, std::max(-700.0, x));
    const double shifted = x * 1.4426950408889634 + 6755399441055744.0, k = shifted - 6755399441055744.0;
    const double r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    double p = 1.0 / 479001600;
    for (double over : {39916800., 3628800., 362880., 40320., 5040., 720., 120., 24., 6., 2., 1., 1.}) p = p * r + 1 / over;
    int64_t bits;
    std::memcpy(&bits, &shifted, 8);
    bits = (uint64_t)(bits + 1023) << 52;
    double scale;
    std::memcpy(&scale, &bits, 8);
    return p * scale;
}

static inline double logistic(double x) { return 1.0 / (1.0 + exponential(-x)); }

struct Seen {
    double moved, active;
};

static void add_up(int64_t first, int64_t last, const uint32_t* __restrict starts, const uint32_t* __restrict friends,
                   const Seen* __restrict seen, double* __restrict heard, double* __restrict active) {
    for (int64_t i = first; i < last; i++) {
        double one = 0.0, other = 0.0;
        for (uint32_t e = starts[i]; e < starts[i + 1]; e++) {
            one += seen[friends[e]].moved;
            other += seen[friends[e]].active;
        }
        heard[i - first] = one;
        active[i - first] = other;
    }
}

extern "C" void month(int64_t n, int threads, const Numbers* numbers, const uint32_t* starts, const uint32_t* friends,
                      const double* good_news, const double* bad_news, const int32_t* belongs, const uint8_t* apart,
                      const double* trust0, const double* efficacy0, const double* status, const double* time,
                      const double* skill, const double* drive, Seen* __restrict seen,
                      double* __restrict trust, double* __restrict good, double* __restrict bad,
                      double* __restrict efficacy, double* __restrict belief, double* __restrict fatigue,
                      double* __restrict took_part, double* __restrict leaning, double* __restrict volunteers) {
    const Numbers p = *numbers;
    const double gain = p.gain, loss = p.gain * p.asymmetry;
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static)
        for (int64_t i = 0; i < n; i++) {
            seen[i] = {trust[i] - trust0[i], volunteers[i]};
        }
#pragma omp for schedule(dynamic, 16)
        for (int64_t block = 0; block < n; block += BLOCK) {
            const int64_t end = std::min(block + BLOCK, n);
            double heard[BLOCK], active[BLOCK];
            add_up(block, end, starts, friends, seen, heard, active);
            for (int64_t i = block; i < end; i++) {
                const double now = trust[i];
                const double pleased = good[i] + good_news[2 * belongs[i] + apart[i]];
                const double annoyed = bad[i] + bad_news[belongs[i]];
                const double g = p.confirmation ? gain * (0.5 + now) : gain;
                const double l = p.confirmation ? loss * (1.5 - now) : loss;
                double level = clip(now + g * (1.0 - now) * pleased - l * now * annoyed) - p.forgetting * seen[i].moved;
                const double degree = starts[i + 1] - starts[i];
                level += degree > 0 ? p.talk * (heard[i - block] / degree - seen[i].moved) : 0.0;
                trust[i] = clip(level);
                good[i] = bad[i] = 0.0;
                efficacy[i] += p.forgetting * (efficacy0[i] - efficacy[i]);
                belief[i] += p.forgetting * (trust[i] - belief[i]);
                fatigue[i] = fatigue[i] > 1e-9 ? fatigue[i] * p.fatigue_memory : 0.0;
                took_part[i] = took_part[i] > 1e-9 ? took_part[i] * p.presence_memory : 0.0;
            }
            for (int64_t i = block; i < end; i++) {
                leaning[i] = p.base + p.resources * ((time[i] + status[i] + skill[i]) / 3) + p.efficacy * efficacy[i] +
                             p.trust * trust[i] + drive[i] - p.fatigue * fatigue[i] - p.overwork * (1.5 - time[i]);
                volunteers[i] =
                    logistic(leaning[i] + p.asked * (1.0 - exponential(-p.invite * active[i - block])));
            }
        }
    }
}
