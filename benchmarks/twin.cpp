// The model's two loops over residents, written by hand: the same rule in the same blocks.
#include <algorithm>
#include <cmath>
#include <cstdint>

struct Numbers {
    double gain, asymmetry, confirmation, forgetting, talk, fatigue_memory, presence_memory;
    double base, resources, efficacy, trust, asked, invite, fatigue, overwork;
};

static constexpr int64_t BLOCK = 512;
static inline double clip(double x) { return std::min(1.0, std::max(0.0, x)); }
static inline double logistic(double x) { return 1.0 / (1.0 + std::exp(-x)); }

static void add_up(int64_t first, int64_t last, const uint32_t* __restrict starts, const uint32_t* __restrict friends,
                   const double* __restrict values, double* __restrict sums) {
    for (int64_t i = first; i < last; i++) {
        double total = 0.0;
        for (uint32_t e = starts[i]; e < starts[i + 1]; e++) total += values[friends[e]];
        sums[i - first] = total;
    }
}

extern "C" void month(int64_t n, int threads, const Numbers* numbers, const uint32_t* starts, const uint32_t* friends,
                      const double* good_news, const double* bad_news, const int32_t* belongs, const uint8_t* apart,
                      const double* trust0, const double* efficacy0, const double* status, const double* time,
                      const double* skill, const double* drive, double* __restrict moved, double* __restrict before,
                      double* __restrict trust, double* __restrict good, double* __restrict bad,
                      double* __restrict efficacy, double* __restrict belief, double* __restrict fatigue,
                      double* __restrict took_part, double* __restrict leaning, double* __restrict volunteers) {
    const Numbers p = *numbers;
    const double gain = p.gain, loss = p.gain * p.asymmetry;
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static)
        for (int64_t i = 0; i < n; i++) {
            moved[i] = trust[i] - trust0[i];
            before[i] = volunteers[i];
        }
#pragma omp for schedule(dynamic, 16)
        for (int64_t block = 0; block < n; block += BLOCK) {
            const int64_t end = std::min(block + BLOCK, n);
            double heard[BLOCK], active[BLOCK];
            add_up(block, end, starts, friends, moved, heard);
            for (int64_t i = block; i < end; i++) {
                const double now = trust[i];
                const double pleased = good[i] + good_news[2 * belongs[i] + apart[i]];
                const double annoyed = bad[i] + bad_news[belongs[i]];
                const double g = p.confirmation ? gain * (0.5 + now) : gain;
                const double l = p.confirmation ? loss * (1.5 - now) : loss;
                double level = clip(now + g * (1.0 - now) * pleased - l * now * annoyed) - p.forgetting * moved[i];
                const double degree = starts[i + 1] - starts[i];
                level += degree > 0 ? p.talk * (heard[i - block] / degree - moved[i]) : 0.0;
                trust[i] = clip(level);
                good[i] = bad[i] = 0.0;
                efficacy[i] += p.forgetting * (efficacy0[i] - efficacy[i]);
                belief[i] += p.forgetting * (trust[i] - belief[i]);
                fatigue[i] = fatigue[i] > 1e-9 ? fatigue[i] * p.fatigue_memory : 0.0;
                took_part[i] = took_part[i] > 1e-9 ? took_part[i] * p.presence_memory : 0.0;
            }
            add_up(block, end, starts, friends, before, active);
            for (int64_t i = block; i < end; i++) {
                leaning[i] = p.base + p.resources * ((time[i] + status[i] + skill[i]) / 3) + p.efficacy * efficacy[i] +
                             p.trust * trust[i] + drive[i] - p.fatigue * fatigue[i] - p.overwork * (1.5 - time[i]);
                volunteers[i] =
                    logistic(leaning[i] + p.asked * (1.0 - std::exp(-p.invite * active[i - block])));
            }
        }
    }
}
