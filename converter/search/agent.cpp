// SPDX-License-Identifier: Apache-2.0
#include "converter/search/agent.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <random>

#include "converter/search/dense.h"

namespace bulwark::converter::search {
namespace {

constexpr int kState = 10, kBatch = 64;
constexpr float kActorRate = 1e-4f, kCriticRate = 1e-3f, kFollow = 0.01f;
constexpr double kNoise = 0.5, kDecay = 0.99;
constexpr std::size_t kMemory = 128 * 64;

using Matrix = Eigen::MatrixXf;  ///< a column is one example
using State = Eigen::Matrix<float, kState, 1>;

/// As multiply() takes it.
Strided strided(const Matrix& m) { return {m.data(), 1, m.rows()}; }
Strided transposed(const Matrix& m) { return {m.data(), m.rows(), 1}; }

Matrix product(const Strided& a, const Strided& b, Eigen::Index rows, Eigen::Index depth,
               Eigen::Index columns) {
  Matrix c(rows, columns);
  multiply(a, b, static_cast<std::size_t>(rows), static_cast<std::size_t>(depth),
           static_cast<std::size_t>(columns), c.data());
  return c;
}

/// What a layer learns: its weights or its bias.
class Parameter {
 public:
  explicit Parameter(Matrix value)
      : value_(std::move(value)),
        gradient_(Matrix::Zero(value_.rows(), value_.cols())),
        mean_(gradient_),
        square_(gradient_) {}
  const Matrix& value() const { return value_; }
  Matrix& gradient() { return gradient_; }
  void step(const AdamStep& step) {
    adam(step, gradient_.data(), size(), value_.data(), mean_.data(), square_.data());
  }
  void follow(const Parameter& other) { search::follow(other.value_.data(), size(), kFollow, value_.data()); }

 private:
  std::size_t size() const { return static_cast<std::size_t>(value_.size()); }
  Matrix value_, gradient_, mean_, square_;
};

/// y = W x + b
class Layer {
 public:
  Layer(int inputs, int outputs, std::mt19937& random)
      : weights_(random_weights(inputs, outputs, random)), bias_(Matrix::Zero(outputs, 1)) {}

  Matrix forward(const Matrix& x) {
    input_ = x;
    const Matrix& w = weights_.value();
    Matrix y = product(strided(w), strided(x), w.rows(), w.cols(), x.cols());
    y.colwise() += bias_.value().col(0);
    return y;
  }
  /// The gradient of the input.
  Matrix backward(const Matrix& gradient) const {
    const Matrix& w = weights_.value();
    return product(transposed(w), strided(gradient), w.cols(), w.rows(), gradient.cols());
  }
  /// Keeps those of the parameters.
  void note(const Matrix& gradient) {
    Matrix& w = weights_.gradient();
    multiply(strided(gradient), transposed(input_), static_cast<std::size_t>(w.rows()),
             static_cast<std::size_t>(gradient.cols()), static_cast<std::size_t>(w.cols()), w.data());
    bias_.gradient() = gradient.rowwise().sum();
  }
  void step(float rate) {
    const float t = static_cast<float>(++steps_);
    const AdamStep step{rate, 1 - std::pow(0.9f, t), 1 - std::pow(0.999f, t)};
    weights_.step(step);
    bias_.step(step);
  }
  void follow(const Layer& other) {
    weights_.follow(other.weights_);
    bias_.follow(other.bias_);
  }

 private:
  static Matrix random_weights(int inputs, int outputs, std::mt19937& random) {
    std::uniform_real_distribution<float> values(-1, 1);
    const float reach = 1 / std::sqrt(static_cast<float>(inputs));
    Matrix weights(outputs, inputs);
    for (Eigen::Index i = 0; i < weights.size(); ++i) weights.data()[i] = reach * values(random);
    return weights;
  }

  Parameter weights_, bias_;
  Matrix input_;
  int steps_ = 0;
};

/// Two hidden layers with ReLU; the output through a sigmoid or not.
class Network {
 public:
  Network(int inputs, int hidden, bool sigmoid, std::mt19937& random)
      : layers_{Layer(inputs, hidden, random), Layer(hidden, hidden, random), Layer(hidden, 1, random)},
        sigmoid_(sigmoid) {}

  Matrix forward(const Matrix& x) {
    first_ = layers_[0].forward(x).cwiseMax(0.0f);
    second_ = layers_[1].forward(first_).cwiseMax(0.0f);
    output_ = layers_[2].forward(second_);
    if (sigmoid_) output_ = (1.0f / (1.0f + (-output_.array()).exp())).matrix();
    return output_;
  }
  /// Gives the gradient of the input; notes those of the parameters, to learn from.
  Matrix backward(Matrix gradient, bool learning) {
    if (sigmoid_) gradient.array() *= output_.array() * (1.0f - output_.array());
    if (learning) layers_[2].note(gradient);
    gradient = layers_[2].backward(gradient);
    gradient.array() *= (second_.array() > 0).cast<float>();
    if (learning) layers_[1].note(gradient);
    gradient = layers_[1].backward(gradient);
    gradient.array() *= (first_.array() > 0).cast<float>();
    if (learning) layers_[0].note(gradient);
    return layers_[0].backward(gradient);
  }
  void step(float rate) {
    for (Layer& layer : layers_) layer.step(rate);
  }
  void follow(const Network& other) {
    for (std::size_t i = 0; i < 3; ++i) layers_[i].follow(other.layers_[i]);
  }

 private:
  std::array<Layer, 3> layers_;
  bool sigmoid_;
  Matrix first_, second_, output_;
};

struct Transition {
  State state, next;
  float action = 0, reward = 0;
  bool last = false;
};

class Agent {
 public:
  explicit Agent(const AgentOptions& options)
      : random_(options.seed),
        actor_(kState, options.hidden, true, random_),
        critic_(kState + 1, options.hidden, false, random_),
        slow_actor_(actor_),
        slow_critic_(critic_) {}

  double random_action() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  /// The actor's own, with normal noise cut to 0..1.
  double noisy_action(const State& state, double deviation) {
    const double mean = static_cast<double>(actor_.forward(state)(0, 0));
    std::normal_distribution<double> noise(mean, deviation);
    for (int tries = 0; tries < 100; ++tries) {
      const double action = noise(random_);
      if (action >= 0 && action <= 1) return action;
    }
    return std::clamp(mean, 0.0, 1.0);
  }

  void remember(const Transition& transition) {
    if (memory_.size() < kMemory) {
      memory_.push_back(transition);
    } else {
      memory_[at_] = transition;
      at_ = (at_ + 1) % kMemory;
    }
  }

  void learn() {
    Matrix states(kState, kBatch), next(kState, kBatch), actions(1, kBatch), rewards(1, kBatch),
        goes_on(1, kBatch);
    for (int i = 0; i < kBatch; ++i) {
      const Transition& t = memory_[random_() % memory_.size()];
      states.col(i) = t.state;
      next.col(i) = t.next;
      actions(0, i) = t.action;
      rewards(0, i) = t.reward;
      goes_on(0, i) = t.last ? 0.0f : 1.0f;
    }
    // Rewards count against their moving average.
    const float mean = rewards.mean();
    average_ = has_average_ ? 0.95f * average_ + 0.05f * mean : mean;
    has_average_ = true;
    rewards.array() -= average_;
    const Matrix later = slow_critic_.forward(joined(next, slow_actor_.forward(next)));
    const Matrix target = rewards + goes_on.cwiseProduct(later);
    const Matrix value = critic_.forward(joined(states, actions));
    critic_.backward((2.0f / kBatch) * (value - target), true);
    critic_.step(kCriticRate);
    const Matrix chosen = actor_.forward(states);
    critic_.forward(joined(states, chosen));
    const Matrix gradient = critic_.backward(Matrix::Constant(1, kBatch, -1.0f / kBatch), false);
    actor_.backward(gradient.bottomRows(1), true);
    actor_.step(kActorRate);
    slow_actor_.follow(actor_);
    slow_critic_.follow(critic_);
  }

 private:
  static Matrix joined(const Matrix& states, const Matrix& actions) {
    Matrix both(states.rows() + 1, states.cols());
    both << states, actions;
    return both;
  }

  std::mt19937 random_;
  Network actor_, critic_, slow_actor_, slow_critic_;
  std::vector<Transition> memory_;
  std::size_t at_ = 0;
  float average_ = 0;
  bool has_average_ = false;
};

/// The nearest width to where the action lies between the smallest and the largest.
std::size_t width_at(const std::vector<int>& widths, double action) {
  const double wanted = widths.front() + action * (widths.back() - widths.front());
  std::size_t best = 0;
  for (std::size_t i = 1; i < widths.size(); ++i) {
    if (std::abs(widths[i] - wanted) <= std::abs(widths[best] - wanted)) best = i;
  }
  return best;
}

std::vector<int> widths_of(const std::vector<Decision>& decisions, const std::vector<std::size_t>& places) {
  std::vector<int> widths;
  for (std::size_t i = 0; i < decisions.size(); ++i) widths.push_back(decisions[i].widths[places[i]]);
  return widths;
}

/// False: nothing fits.
bool walk_back(const std::vector<Decision>& decisions,
               const std::function<bool(const std::vector<int>&)>& fits, std::vector<std::size_t>& places) {
  while (!fits(widths_of(decisions, places))) {
    bool lowered = false;
    for (std::size_t i = decisions.size(); i-- > 0;) {
      if (places[i] == 0) continue;
      --places[i];
      lowered = true;
      if (fits(widths_of(decisions, places))) return true;
    }
    if (!lowered) return false;
  }
  return true;
}

std::vector<State> scaled_states(const std::vector<Decision>& decisions) {
  std::vector<State> states(decisions.size(), State::Zero());
  for (std::size_t f = 0; f < 8; ++f) {
    double lo = 1e300, hi = -1e300;
    for (const Decision& d : decisions) lo = std::min(lo, d.features[f]), hi = std::max(hi, d.features[f]);
    for (std::size_t i = 0; i < decisions.size(); ++i) {
      const double scaled = hi > lo ? (decisions[i].features[f] - lo) / (hi - lo) : 0;
      states[i](static_cast<Eigen::Index>(f)) = static_cast<float>(scaled);
    }
  }
  for (std::size_t i = 0; i < states.size(); ++i)
    states[i](8) = static_cast<float>(i) / static_cast<float>(std::max<std::size_t>(states.size(), 2) - 1);
  return states;
}

}  // namespace

AgentResult train_agent(const std::vector<Decision>& decisions,
                        const std::function<bool(const std::vector<int>&)>& fits,
                        const std::function<double(const std::vector<int>&)>& reward,
                        const AgentOptions& options,
                        const std::function<void(std::size_t, std::size_t)>& progress) {
  AgentResult result;
  Agent agent(options);
  const std::vector<State> states = scaled_states(decisions);
  double best = -1e300, deviation = kNoise;
  for (std::size_t episode = 0; episode < options.episodes; ++episode) {
    const bool warming = episode < options.warm_up;
    std::vector<Transition> path;
    std::vector<std::size_t> places;
    float before = 1;
    for (std::size_t i = 0; i < decisions.size(); ++i) {
      Transition t;
      t.state = states[i];
      t.state(9) = before;
      const double action = warming ? agent.random_action() : agent.noisy_action(t.state, deviation);
      t.action = before = static_cast<float>(action);
      t.last = i + 1 == decisions.size();
      t.next = states[t.last ? i : i + 1];
      t.next(9) = before;
      places.push_back(width_at(decisions[i].widths, action));
      path.push_back(t);
    }
    if (!walk_back(decisions, fits, places)) return result;
    const std::vector<int> widths = widths_of(decisions, places);
    const double worth = reward(widths);
    result.rewards.push_back(worth);
    if (worth > best) best = worth, result.widths = widths;
    for (Transition& t : path) {
      t.reward = static_cast<float>(worth);
      agent.remember(t);
      if (!warming) agent.learn();
    }
    if (!warming) deviation *= kDecay;
    if (progress) progress(episode + 1, options.episodes);
  }
  return result;
}

}  // namespace bulwark::converter::search
